"""The alerts and their escalation."""
