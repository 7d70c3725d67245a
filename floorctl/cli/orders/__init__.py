"""``order`` and the acts on orders."""
