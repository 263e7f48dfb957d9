"""Which creators a brand should send its samples to: a submodular objective, limits, and a greedy choice."""
