"""The key of the data at rest."""
