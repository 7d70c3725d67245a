"""The fault bench: what floorctl is tried with, from outside. ``make faults`` runs all of it, CI a small version."""
