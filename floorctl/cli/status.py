"""``status``: an overview of the floor."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command
from floorctl.errors import Exit
from floorctl.i18n import t, term
from floorctl.models.floor import SEAT_STATES
from floorctl.rules.floor.metrics import is_below_target
from floorctl.text.durations import next_dispatch_words, running
from floorctl.text.numbers import NOTHING, count_text, json_points, percent, points_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from rich.text import Text

    from floorctl.floor.assessment.views import ScoreView
    from floorctl.floor.floor import Floor
    from floorctl.floor.missed_calls import MissedCallCounts
    from floorctl.floor.views import AlertView, ConnectionStatus, QueueView, SeatView
    from floorctl.models.order_filter import OrderCounts

app = application()


@command(app, "status")
def status(run: Invocation) -> Exit | None:
    """Print an overview of the floor."""
    with closing(run.floor()) as floor:
        if run.output.json:
            run.output.document(document(floor))
        else:
            for line in overview_lines(floor, floor.seats.all()):
                run.output.styled(line)
        say_age(run.output, floor)
    return None


def document(floor: Floor) -> dict[str, Any]:
    """The documented JSON of ``status``."""
    shapes = Shapes(floor.config.zone)
    connection = floor.status.connection()
    counts = floor.orders.counts()
    alerts = floor.alerts.all()
    planned, scored = floor.quality.counts()
    missed = floor.missed_calls.counts()
    return {
        "as_of": shapes.time(connection.as_of),
        "live": connection.mode == "live",
        "person": floor.session.person.name if floor.session.person else None,
        "queues": [shapes.queue(view) for view in floor.queues.all()],
        "seats": seat_counts(floor.seats.all()),
        "orders": {
            "overdue": counts.overdue,
            "due_soon": counts.due_soon,
            "to_dispatch": counts.to_dispatch,
            "to_call_back": counts.to_call_back,
            "stuck": counts.stuck,
        },
        "missed_calls": {"waiting": missed.waiting, "late": missed.late},
        "alerts": {
            "open": sum(view.alert.state == "open" for view in alerts),
            "critical": sum(view.alert.severity == "critical" for view in alerts),
        },
        "quality": {"planned": planned, "scored": scored},
        "assessment": assessment(floor),
        "outbox": {"waiting": connection.waiting, "conflict": connection.conflicts, "refused": connection.refused},
    }


def assessment(floor: Floor) -> dict[str, str | None]:
    """The running month's score; null before the first sync, when it is not known."""
    score = floor.assessment.score()
    known = not score.unknown
    return {
        "month": str(score.month),
        "base": json_points(score.base) if known else None,
        "total": json_points(score.total) if known else None,
    }


def seat_counts(seats: Iterable[SeatView]) -> dict[str, int]:
    """State → number of seats in it, in the order in which states are listed; states without seats are left out."""
    counted = Counter(view.seat.state for view in seats)
    known = {state: counted[state] for state in SEAT_STATES if state in counted}
    return known | {state: n for state, n in sorted(counted.items()) if state not in known}


def overview_lines(floor: Floor, seats: Iterable[SeatView]) -> list[Text]:
    """The lines of the overview; ``seats`` are given, since those of a live floor may change between two reads."""
    connection = floor.status.connection()
    lines = [_head(floor, connection), *(_queue_line(view) for view in floor.queues.all())]
    lines += _seats_and_resources(floor, seats)
    lines.append(_order_line(floor.orders.counts(), floor.now()))
    if (missed := floor.missed_calls.counts()).waiting:
        lines.append(_missed_line(missed))
    lines.append(_alert_line(floor.alerts.all()))
    planned, scored = floor.quality.counts()
    if planned:
        lines.append(_labelled("quality", t("cli.status.scored", planned=planned, scored=scored)))
    if connection.as_of is not None:
        lines.append(_score_line(floor.assessment.score()))
    lines.append(_outbox_line(connection))
    return lines


def _labelled(label: str, text: str = "") -> Text:
    from rich.text import Text

    return Text(t(f"cli.status.{label}") + "  " + text)


def _head(floor: Floor, connection: ConnectionStatus) -> Text:
    from rich.text import Text

    from floorctl.text.safe import visible

    head = Text()
    if connection.mode == "live":
        head.append("● " + t("cli.status.live", at=floor.now().strftime("%H:%M:%S")), style="bold green")
    elif connection.as_of is None:
        head.append("○ " + t("cli.status.empty"), style="bold yellow")
    else:
        at = connection.as_of.astimezone(floor.config.zone)
        as_of = f"{at:%H:%M:%S}" if at.date() == floor.now().date() else f"{at:%Y-%m-%d %H:%M:%S}"
        if floor.status.syncs and connection.mode == "offline":
            head.append("○ " + t("cli.status.offline", at=as_of), style="bold yellow")
        else:  # this process has not tried to reach the platform
            head.append("◌ " + t("cli.status.as_of", at=as_of), style="bold yellow")
    who = visible(floor.session.person.name) if floor.session.person else t("cli.status.nobody")
    head.append("   " + who)
    return head


def _queue_line(view: QueueView) -> Text:
    from rich.text import Text

    from floorctl.text.safe import fit, visible

    low = is_below_target(view.service_level, view.queue.target_level)
    line = Text(fit(visible(view.queue.name), 18) + "  ")
    waiting = t("cli.status.waiting", n=f"{view.queue.waiting:>2}", longest=_longest(view))
    line.append(waiting, style="bold yellow" if view.queue.waiting else "")
    in_target = view.marked("service_level", percent(view.service_level)).rjust(6)
    answered = view.marked("answer_rate", percent(view.answer_rate)).rjust(6)
    line.append("  " + t("cli.status.target", rate=in_target), style="yellow" if low else "")
    line.append("  " + t("cli.status.answered", rate=answered))
    line.append("  " + t("cli.status.offered", n=count_text(view.queue.offered)))
    return line


def _seats_and_resources(floor: Floor, seats: Iterable[SeatView]) -> Iterator[Text]:
    from floorctl.text.safe import visible

    states = [
        f"{term('seat_glyph', state)} {visible(term('seat_state', state))} {n}"
        for state, n in seat_counts(seats).items()
    ]
    if states:
        yield _labelled("seats", "  ".join(states))
    resources = [
        f"{visible(view.resource.name)} {view.used()}"
        for view in floor.queues.resources()
        if view.resource.kind in ("trunk", "licence")
    ]
    if resources:
        yield _labelled("resources", "  ".join(resources))


def _order_line(counts: OrderCounts, now: datetime) -> Text:
    line = _labelled("orders")
    line.append(t("cli.status.overdue", n=counts.overdue), style="bold red" if counts.overdue else "")
    line.append("  " + t("cli.status.due_soon", n=counts.due_soon), style="yellow" if counts.due_soon else "")
    line.append("  " + t("cli.status.to_dispatch", n=counts.to_dispatch))
    if counts.earliest_dispatch_due_at is not None:
        left = (counts.earliest_dispatch_due_at - now).total_seconds()
        line.append(" " + next_dispatch_words(left), style="bold red" if left < 0 else "")
    line.append("  " + t("cli.status.to_call_back", n=counts.to_call_back))
    if counts.stuck:
        line.append("  " + t("cli.status.stuck", n=counts.stuck))
    return line


def _missed_line(missed: MissedCallCounts) -> Text:
    line = _labelled("missed", t("cli.status.missed_waiting", n=missed.waiting))
    if missed.late:
        line.append("  " + t("cli.status.overdue", n=missed.late), style="bold red")
    return line


def _alert_line(alerts: Sequence[AlertView]) -> Text:
    critical = sum(view.alert.severity == "critical" for view in alerts)
    line = _labelled("alerts")
    line.append(t("cli.status.open", n=sum(view.alert.state == "open" for view in alerts)))
    line.append("  " + t("cli.status.critical", n=critical), style="bold red" if critical else "")
    return line


def _score_line(score: ScoreView) -> Text:
    line = _labelled("assessment")
    begins = score.contract_begins
    line.append(t("cli.status.base", score=points_text(score.base)) if begins is None else _begins(begins))
    if score.bonus and begins is None:
        line.append("  " + t("cli.status.bonus", bonus=points_text(score.bonus)))
    if score.termination_right:
        line.append("  " + t("cli.assess.termination"), style="bold red")
    return line


def _outbox_line(connection: ConnectionStatus) -> Text:
    line = _labelled("outbox")
    line.append(t("cli.status.unsent", n=connection.waiting), style="yellow" if connection.waiting else "")
    parked = connection.refused + connection.conflicts
    line.append("  " + t("cli.status.parked", n=parked), style="bold red" if parked else "")
    return line


def _begins(start: date) -> str:
    return t("cli.status.contract_begins", start=start)


def _longest(view: QueueView) -> str:
    waits = view.longest_wait_seconds
    return view.marked("longest_wait_seconds", NOTHING if waits is None else running(waits))
