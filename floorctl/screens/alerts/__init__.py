"""The alerts screen: alerts, their escalation, and the acts on them."""
