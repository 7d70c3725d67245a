"""The handover as it is read, written and signed."""
