"""Models behind one contract: `fit` gives a scorer, a scorer ranks any creator's row."""
