"""The fault bench: runs what docs/reliability.md names, and says what came of it."""
