"""Rules of the contract's monthly assessment."""
