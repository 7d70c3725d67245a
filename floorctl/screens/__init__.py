"""The screens: one folder each, and ``shell``, which they are all made of."""
