"""``inspect``: quality inspection by command."""
