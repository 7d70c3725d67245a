"""The queues in detail."""
