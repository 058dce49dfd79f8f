"""The rows of the lab: what a document may hold, and what becomes of it."""
