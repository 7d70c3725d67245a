"""练习: a trainee does the floor's jobs on a simulated floor, one after the other, and is told keys and seconds."""
