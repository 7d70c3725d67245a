"""The simulated floor in motion."""
