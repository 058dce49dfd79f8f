"""What is kept over restarts: one port each."""
