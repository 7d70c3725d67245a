"""The key that encrypts the terminal's databases: storing, finding, changing and destroying it."""
