"""What each operation of the panel does: from a call to the object it answers; `routes.py` has the addresses."""
