"""The demo's lab, calculated by a model of our own."""
