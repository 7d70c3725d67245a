"""What the people here did: the database that is never rebuilt."""
