"""What the service tells of itself: one record of each exchange, in logs and metrics."""
