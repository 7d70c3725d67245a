"""The events in an order's life that the monthly assessment counts per day."""

from datetime import date

#: Names of the events. ``late`` counts on the day on which the dispatch clock ran out.
EVENTS = ("received", "reviewed", "dispatched", "required", "late", "problem", "error", "wrong", "missed")
RECEIVED, REVIEWED, DISPATCHED, REQUIRED, LATE, PROBLEM, ERROR, WRONG, MISSED = range(len(EVENTS))
#: First day, and the day after the last (exclusive end).
Days = tuple[date, date]
