"""Performance as ratios: each number beside a peer that ran in the same minute on the same machine."""
