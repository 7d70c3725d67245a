"""``export``: lists as files."""
