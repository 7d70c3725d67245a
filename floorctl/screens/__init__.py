"""The screens, one file each, with its ``.tcss`` beside it."""
