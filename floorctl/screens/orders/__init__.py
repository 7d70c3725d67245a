"""The orders screen: the list of orders, one order in full, and the acts on them."""
