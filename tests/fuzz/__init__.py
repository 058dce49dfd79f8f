"""Hostile input in numbers: `make fuzz` sends all of it, the tests here a little.

Everything is drawn from one seed, so that a finding can be had again. The documents are made here and not by
hypothesis-graphql, which draws 2.6 of them a second from this schema (400 in 154 s): 100,000 would take ten hours.
"""
