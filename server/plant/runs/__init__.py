"""What keeps a plant over restarts, and tells of it: the only part of the plant that sees stores and events."""
