"""What waits to be sent, what was refused, the audit trail."""
