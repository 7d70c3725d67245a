"""``alerts`` and the acts on alerts."""
