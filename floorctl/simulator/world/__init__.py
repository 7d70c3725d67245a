"""The simulated floor in motion: calls, shifts, orders, alerts, samples and records as time passes."""
