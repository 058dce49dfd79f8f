"""Polling, controlling and remembering panels."""
