"""Physics too heavy for the plant's own process: library models, each in a worker program of its own."""
