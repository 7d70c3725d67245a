"""``doctor``: what is checked, and what to do about it."""
