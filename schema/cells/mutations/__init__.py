"""Changing the lab. Each answers with the changed thing, or with a refusal that says why nothing changed."""
