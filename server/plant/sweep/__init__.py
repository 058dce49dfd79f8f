"""What-ifs: a plan of variants, run side by side with the same luck, and what can be said of them."""
