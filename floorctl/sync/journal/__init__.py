"""The journal: the database of people's commands, drafts, sessions and audit trail. It is never rebuilt."""
