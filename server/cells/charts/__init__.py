"""Charts: the overview that stands for a series, and choosing from it the few points that look most like all."""
