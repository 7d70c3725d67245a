"""``handover`` by command and on paper."""
