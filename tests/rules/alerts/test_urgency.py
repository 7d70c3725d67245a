"""The one order of alerts, and which of them is taken up next."""

from types import SimpleNamespace
from typing import Any

from floorctl.models.alerts import Alert
from floorctl.rules.alerts.urgency import next_to_take_up, unfinished, urgency
from tests.rules import small_floor
from tests.rules.small_floor import HOUR, MINUTE, NOW


def with_left(minutes: float | None = None, **given: Any) -> Alert:
    """An alert; ``minutes``: what is left of its step, if it has one."""
    return small_floor.alert(steps=() if minutes is None else (small_floor.step(after=minutes * MINUTE),), **given)


IN_ORDER = {
    "overdue since 50 min, acknowledged": with_left(-50, state="acknowledged", severity="warning"),
    "overdue since 5 min": with_left(-5, severity="critical"),
    "10 min left": with_left(10, severity="warning"),
    "2 h left, acknowledged": with_left(120, state="acknowledged", severity="critical"),
    "critical, since an hour": with_left(severity="critical", raised_at=NOW - HOUR),
    "critical, since a minute": with_left(severity="critical", raised_at=NOW - MINUTE),
    "warning, since three hours": with_left(severity="warning", raised_at=NOW - 3 * HOUR),
    "warning, since a minute": with_left(severity="warning", raised_at=NOW - MINUTE),
    "notice": with_left(severity="notice"),
    "critical, acknowledged": with_left(severity="critical", state="acknowledged"),
    "notice, acknowledged": with_left(severity="notice", state="acknowledged"),
    "closed": with_left(severity="critical", state="closed"),
    "closed before": with_left(severity="critical", state="closed", raised_at=NOW - HOUR),
}


def test_a_running_step_comes_first_by_its_time_left_then_severity_then_age() -> None:
    shuffled = list(IN_ORDER)[::-1]
    assert sorted(shuffled, key=lambda name: urgency(IN_ORDER[name])) == list(IN_ORDER)


def test_a_running_step_is_never_dim_though_somebody_has_acknowledged_it() -> None:
    dim = [name for name, each in IN_ORDER.items() if not unfinished(each)]
    assert dim == ["critical, acknowledged", "notice, acknowledged", "closed", "closed before"]


def taken(*names: str, may_step: bool = True) -> str | None:
    shown = [SimpleNamespace(name=name, alert=IN_ORDER[name]) for name in names]
    found = next_to_take_up(shown, NOW, may_step=may_step)
    return found.name if found is not None else None


def test_what_is_taken_up_is_the_first_that_wants_somebody_now() -> None:
    assert taken(*IN_ORDER) == "overdue since 50 min, acknowledged"
    assert taken(*IN_ORDER, may_step=False) == "overdue since 5 min"
    # A follow-up in two hours is in hand: it does not keep `a` from what nobody has acknowledged.
    assert taken("2 h left, acknowledged", "warning, since a minute") == "warning, since a minute"
    assert taken("2 h left, acknowledged", "notice, acknowledged") == "2 h left, acknowledged"
    assert taken("2 h left, acknowledged", may_step=False) is None
    assert taken("critical, acknowledged", "closed") is None
    assert taken() is None
