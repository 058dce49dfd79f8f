"""Live feeds of several servers, and readers who count what they get."""
