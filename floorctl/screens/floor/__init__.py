"""The floor: the seat plan, its queues, and what is done to seats."""
