"""Widgets that two or more screens share. Strings from outside must pass ``plain`` or ``visible`` before a widget."""
