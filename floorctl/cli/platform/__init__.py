"""``platform serve``, and the embedded platform as a child process."""
