"""``doctor``: checks of this terminal, with advice."""
