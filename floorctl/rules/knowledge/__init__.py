"""Rules about knowledge articles and corrections."""
