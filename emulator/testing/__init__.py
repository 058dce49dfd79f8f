"""A panel inside a test's own process: what `emulator.pytest_plugin` hands out, usable without pytest too."""
