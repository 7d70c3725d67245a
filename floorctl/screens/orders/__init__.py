"""The list of orders and one order in full."""
