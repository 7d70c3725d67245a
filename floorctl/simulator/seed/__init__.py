"""What a new simulated floor begins with."""
