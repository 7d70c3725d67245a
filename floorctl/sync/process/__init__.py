"""Which process of this machine syncs, and how the others follow it."""
