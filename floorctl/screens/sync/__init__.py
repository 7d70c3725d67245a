"""The sync screen: the outbox, conflicts and their decisions, the audit trail."""
