"""The next step of an item: how many more events would cost the next points, and how many would regain some."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import msgspec

from floorctl.rules.assessment.scoring import DEFAULT, Readings, score

#: Upper bound of the search: no month has this many events.
_OUT_OF_REACH = 1_000_000


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` more of ``of`` change the score by ``points``."""

    of: str
    count: int
    points: Fraction


_Change = Callable[[dict[str, Any], int], None]


def _add(*names: str) -> _Change:
    def change(inputs: dict[str, Any], count: int) -> None:
        for name in names:
            inputs[name] += count

    return change


def _short_courses(inputs: dict[str, Any], count: int) -> None:
    inputs["days"] = [*inputs["days"], *[0] * min(count, 8)]


def _incidents(inputs: dict[str, Any], count: int) -> None:
    inputs["facts"] = [*inputs["facts"], {"kind": "task_missed", "count": count}]


#: Item → the event that lowers it, and its effect on the inputs.
_WORSE: dict[str, tuple[str, _Change]] = {
    "review_errors": ("review_error", _add("errors", "reviewed")),
    "dispatch_timeliness": ("late_dispatch", _add("late")),
    "dispatch_accuracy": ("wrong_dispatch", _add("dispatched")),
    "callback_rate": ("missed_callback", _add("required")),
    "service_ability": ("problem_order", _add("problems")),
    "attrition": ("leaver", _add("left")),
    "education": ("below_college", _add("below")),
    "onboarding_exam": ("failed_exam", _add("sat")),
    "onboarding_period": ("short_course", _short_courses),
    "major_incidents": ("task_missed", _incidents),
}
#: Item → the event that raises it, and its effect; the other items cannot be regained within the month.
_BETTER: dict[str, tuple[str, _Change]] = {
    "review_errors": ("right_review", _add("reviewed")),
    "dispatch_accuracy": ("right_dispatch", _add("accurate", "dispatched")),
    "callback_rate": ("callback", _add("called_back")),
    "service_ability": ("order", _add("received")),
    "onboarding_exam": ("passed_exam", _add("passed", "sat")),
    "training": ("training", _add("sessions")),
    "team_building": ("team_event", _add("done")),
    "learning_board": ("learning_board", _add("done")),
    "service_star": ("service_star", _add("done")),
}
#: Part → whole, for parts that cannot exceed the whole.
_AT_MOST = {"problems": "received", "left": "employed", "called_back": "required"}


def next_loss(metric: str, inputs: Mapping[str, Any], readings: Readings = DEFAULT) -> NextStep | None:
    """Return the fewest events that would cost points; None if none can, or no points are left to lose."""
    return _next(metric, inputs, readings, _WORSE.get(metric), -1)


def next_gain(metric: str, inputs: Mapping[str, Any], readings: Readings = DEFAULT) -> NextStep | None:
    """Return the fewest events that would regain points; None if none can, or no points are missing."""
    return _next(metric, inputs, readings, _BETTER.get(metric), +1)


def _next(
    metric: str, inputs: Mapping[str, Any], readings: Readings, way: tuple[str, _Change] | None, sign: int
) -> NextStep | None:
    if way is None:
        return None
    of, change = way
    now = score(metric, inputs, readings)

    def difference(count: int) -> Fraction:
        changed = dict(inputs)
        change(changed, count)
        return sign * (score(metric, changed, readings) - now)

    most = _room(inputs, change)
    if most < 1 or difference(most) <= 0:
        return None
    low, high = 0, 1
    while difference(high) <= 0:
        low, high = high, min(most, high * 2)
    while high - low > 1:
        middle = (low + high) // 2
        if difference(middle) > 0:
            high = middle
        else:
            low = middle
    return NextStep(of=of, count=high, points=difference(high))


def _room(inputs: Mapping[str, Any], change: _Change) -> int:
    """Return how many more events are possible at all."""
    for part, whole in _AT_MOST.items():
        if part in inputs and whole in inputs:
            grown = dict(inputs)
            change(grown, 1)
            if grown[part] > inputs[part] and grown[whole] == inputs[whole]:
                return int(inputs[whole] - inputs[part])
    return _OUT_OF_REACH
