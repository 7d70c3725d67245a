"""``handover``: its commands and printed pages."""
