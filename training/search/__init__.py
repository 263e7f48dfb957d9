"""What a night chooses on the horizon before the test: channels, parameters, weights; one rule for all."""
