"""``assess``: the contract's score by command."""
