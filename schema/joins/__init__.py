"""What spans the three worlds: cells and the batch that made them, machines and the circuits that feed them."""
