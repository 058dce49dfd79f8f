"""Documents: parsed, held to the limits, validated and weighed once, then known."""
