"""How fast the program is, measured against what: each figure beside its floor or peer in the same run."""
