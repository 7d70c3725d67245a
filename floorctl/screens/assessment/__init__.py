"""The contract's score, item by item."""
