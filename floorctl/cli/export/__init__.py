"""``export``: writes lists to files."""
