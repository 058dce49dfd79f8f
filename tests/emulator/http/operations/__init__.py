"""Each operation of the panel, asked through HTTP."""
