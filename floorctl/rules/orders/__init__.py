"""Rules about work orders: the dispatch clock, the department's limit, urging."""
