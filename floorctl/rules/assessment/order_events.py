"""What happens to an order and counts in the monthly assessment, on the day on which it does."""

from datetime import date

#: The events. ``late`` counts on the day on which the time to be dispatched ran out.
EVENTS = ("received", "reviewed", "dispatched", "required", "late", "problem", "error", "wrong", "missed")
RECEIVED, REVIEWED, DISPATCHED, REQUIRED, LATE, PROBLEM, ERROR, WRONG, MISSED = range(len(EVENTS))
#: The first day, and the first that is no longer part of it.
Days = tuple[date, date]
