"""The queues screen: each queue's figures and its day as a plot."""
