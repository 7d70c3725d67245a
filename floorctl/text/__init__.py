"""How things are said and written, once for both front ends."""
