"""What the platform said: a disposable database."""
