"""The cache: the platform's data in a database that can be thrown away and rebuilt at any time."""
