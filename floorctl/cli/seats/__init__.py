"""``seats`` and the acts on seats."""
