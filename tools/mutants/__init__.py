"""How much the tests see: faults put into the program one at a time, and whether a test fails."""
