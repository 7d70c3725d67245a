"""Rules of the handover between two shifts."""
