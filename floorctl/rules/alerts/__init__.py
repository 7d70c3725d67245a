"""Rules about alerts: when they are raised and cleared, their list order, their escalation."""
