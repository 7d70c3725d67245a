"""``platform serve`` and the platform as a child process."""
