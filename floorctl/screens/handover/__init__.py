"""The handover between two shifts."""
