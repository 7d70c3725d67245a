"""Alerts: reads, titles, rules and acts."""
