"""floorctl: the terminal cockpit for the floor of a government service hotline."""

__version__ = "0.1.0"
