"""Wording and number formats, shared by both front ends."""
