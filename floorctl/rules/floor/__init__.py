"""Rules about seats, queues and the figures of the floor."""
