"""The floor screen: seat plan, queues, alerts, and the acts on seats."""
