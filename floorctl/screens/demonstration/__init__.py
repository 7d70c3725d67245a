"""The cockpit of ``floorctl demo``: its accounts (F1), its line to the platform (F9), the lines at the beginning."""
