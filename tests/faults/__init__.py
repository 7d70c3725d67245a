"""The fault bench: what floorctl is tried with, from outside. ``make faults`` runs all of it, CI a small version."""

import os

#: Whether this is the full trial: as often and as long as the design asks for.
FULL = os.environ.get("FLOORCTL_FAULTS") == "full"
