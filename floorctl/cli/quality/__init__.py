"""``inspect``: the commands of quality inspection."""
