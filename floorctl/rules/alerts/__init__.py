"""Rules about alerts: which are raised, in which order they are listed, how they escalate."""
