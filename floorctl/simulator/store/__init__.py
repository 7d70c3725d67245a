"""Where the platform's data lives, and the feed of it."""
