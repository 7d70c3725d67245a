"""The initial data of a simulated floor: open work, and the history behind it."""
