"""The screens of quality inspection (质检): the lists, the scoring form, and the revision of a score."""
