"""Files that a person names: written completely or refused, read whatever program saved them."""
