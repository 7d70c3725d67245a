"""Files that a person names: written whole or refused, read whatever program saved them."""
