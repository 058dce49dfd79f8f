"""What a panel is made of, read from YAML and checked line by line."""
