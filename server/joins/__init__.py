"""Whatever spans the three worlds: which cells a batch made, which circuit feeds a machine, what its meter said."""
