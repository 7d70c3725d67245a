"""What concerns this process as a whole: core dumps, memory, signals, standard streams."""
