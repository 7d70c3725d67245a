"""The terminal device: bytes in, bytes out, and what terminals differ in."""
