"""What a promotion is expected to bring: estimates, and the model that makes them without scikit-learn."""
