"""What `/metrics` tells a Prometheus, or anything that reads its text format."""
