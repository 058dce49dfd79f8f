"""The control of emulated panels: one table of verbs, from which HTTP, OpenAPI page, Python methods and CLI come."""
