"""The terminal device: input, output, and differences between terminals."""
