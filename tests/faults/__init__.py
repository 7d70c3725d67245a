"""The fault bench: what floorctl is tried with, from outside. ``make faults`` runs all of it, CI a small version.

``make test-full`` runs all tests like that: each language in each size, more rows, 1,000 examples of each property.
"""

import os

#: Whether this is the full trial: as often, as long and in as many ways as there are.
FULL = os.environ.get("FLOORCTL_FAULTS") == "full"
