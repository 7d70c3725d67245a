"""Settings of the process as a whole: core dumps, memory, signals, standard streams."""
