"""Battery cells: specifications, instances and measurements."""
