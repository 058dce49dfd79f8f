"""Live feeds: one source for all who ask the same, and a mailbox for each of them."""
