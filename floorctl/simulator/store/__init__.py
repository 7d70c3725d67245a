"""The platform's database, and its feed."""
