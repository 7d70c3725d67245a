"""What may be the value of a parameter: enumerated values, and names of things from the local cache.

A parameter is known here by the key of its help, or else by its metavar, so that a new command whose argument is again
an order or a file needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from floorctl.cli.words import word_of
from floorctl.i18n import t, term
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.cli.completion.position import Position
    from floorctl.floor.at_hand import AtHand, Urgent

#: The most orders and people that are offered at once.
MOST = 50
#: Months that are offered, the running one first.
_MONTHS = 13


@dataclass(frozen=True)
class Candidate:
    """A word that may stand at the cursor, and what it means; ``open``: it goes on (``ITEM=``), without a blank."""

    word: str
    meaning: str = ""
    open: bool = False


@dataclass(frozen=True)
class Choice:
    """Enumerated values whose terms are in ``area``; they stand in ``known``, or in what it names (``module:NAME``)."""

    area: str
    known: str | tuple[str, ...]

    def values(self) -> tuple[str, ...]:
        """The values, in their order."""
        if isinstance(self.known, tuple):
            return self.known
        where, _, name = self.known.partition(":")
        return tuple(getattr(import_module(f"floorctl.{where}"), name))


#: Reads candidates from the cache; the position says what was typed so far.
Read = Callable[["AtHand", "Position"], Iterable[Candidate]]
Source = Choice | Read


def _meaning(order: Urgent) -> str:
    """What there is to say of an order: how late it is, and its title."""
    from floorctl.text.durations import lasting

    if order.overdue is not None:
        return f"{t('cli.order.overdue_by', time=lasting(order.overdue))} · {order.title}"
    return f"{t('cli.order.due_soon')} · {order.title}" if order.due_soon else order.title


def _orders_of(**wanted: Any) -> Read:
    """A source of the orders that fit a filter, the most urgent first; where none fits, of all orders."""
    sort = wanted.pop("sort", "latest")

    def read(hand: AtHand, at: Position) -> Iterator[Candidate]:
        from floorctl.models.order_filter import OrderFilter

        for select in (OrderFilter(**wanted), OrderFilter()) if wanted else (OrderFilter(),):
            found = hand.orders(at.word, select, sort=sort, limit=MOST)
            if found:
                break
        yield from (Candidate(order.number, _meaning(order)) for order in found)

    return read


def _states_of_unhandled() -> tuple[str, ...]:
    from floorctl.models.orders import ORDER_STATES, UNHANDLED

    return tuple(each for each in ORDER_STATES if each in UNHANDLED)


def _open_orders(hand: AtHand, at: Position) -> Iterable[Candidate]:
    return _orders_of(state=_states_of_unhandled())(hand, at)


def _orders(hand: AtHand, at: Position) -> Iterable[Candidate]:
    """The orders that the command is about: those to dispatch, to call back, or still to be handled."""
    return _OF_COMMAND.get(at.command.name, _orders_of())(hand, at)


_OF_COMMAND: dict[str | None, Read] = {
    "urge": _open_orders,
    "problem": _open_orders,
    "review": _orders_of(state=("received", "review")),
    "dispatch": _orders_of(to_dispatch=True, sort="dispatch_due"),
    "callback": _orders_of(to_call_back=True),
    "return": _orders_of(state=("returned",)),
    "redo": _orders_of(state=("handled", "closed")),
}


def _seats(hand: AtHand, at: Position) -> Iterator[Candidate]:
    return (Candidate(seat.name, f"{seat.zone} {seat.person}".strip()) for seat in hand.seats())


def _zones(hand: AtHand, at: Position) -> Iterator[Candidate]:
    return (Candidate(zone) for zone in dict.fromkeys(seat.zone for seat in hand.seats()))


def _queues(hand: AtHand, at: Position) -> Iterator[Candidate]:
    queues = hand.queues()
    lines = [queue.line for queue in queues]
    for queue in queues:
        if lines.count(queue.line) == 1:
            yield Candidate(queue.line, queue.name)
        else:
            yield Candidate(queue.name)


def _departments(hand: AtHand, at: Position) -> Iterator[Candidate]:
    return map(Candidate, hand.departments())


def _alerts(hand: AtHand, at: Position) -> Iterator[Candidate]:
    from floorctl.cli.handles import numbers

    alerts = hand.alerts()
    short = numbers(id_ for id_, _ in alerts)
    for id_, alert in alerts:
        if alert.state != "closed":
            about = hand.name_of(alert.subject.kind, alert.subject.id)
            words = (term("severity", alert.severity), term("alert_kind", alert.kind), about)
            yield Candidate(short[id_], " ".join(word for word in words if word))


def _missed_calls(hand: AtHand, at: Position) -> Iterator[Candidate]:
    from floorctl.cli.handles import numbers

    calls = hand.missed_calls()
    short = numbers(id_ for id_, _ in calls)
    return (
        Candidate(short[id_], f"{call.line} {call.at.astimezone(hand.now.tzinfo):%m-%d %H:%M}") for id_, call in calls
    )


def _facts(hand: AtHand, at: Position) -> Iterator[Candidate]:
    from floorctl.cli.handles import numbers

    facts = list(hand.facts())
    short = numbers(id_ for id_, _ in facts)
    return (Candidate(short[id_], f"{fact.day} {term('fact', fact.kind)}") for id_, fact in facts)


def _people(hand: AtHand, at: Position) -> Iterator[Candidate]:
    fitting = (person for person in hand.people() if person.employee_no.startswith(at.word))
    for _, person in zip(range(MOST), fitting, strict=False):
        yield Candidate(person.employee_no, person.name)


def _teams(hand: AtHand, at: Position) -> Iterator[Candidate]:
    return map(Candidate, sorted({person.team for person in hand.people() if person.team}))


def _samples(hand: AtHand, at: Position) -> Iterator[Candidate]:
    """The samples of today by number, those of other days with the day, at most as many as fit a screen."""
    today = hand.now.date()
    for _, sample in zip(range(MOST), hand.samples(), strict=False):
        name = str(sample.number) if sample.day == today else f"{sample.day:%m-%d}/{sample.number}"
        yield Candidate(name, term("sample_reason", sample.reason))


def _rubric_items(hand: AtHand, at: Position) -> Iterator[Candidate]:
    rubric = hand.rubric()
    pair = "=" in at.parameter.metavar
    for section in rubric.sections if rubric else ():
        for item in section.items:
            yield Candidate(f"{item.id}=" if pair else item.id, item.title, open=pair)


def _fatal_errors(hand: AtHand, at: Position) -> Iterator[Candidate]:
    rubric = hand.rubric()
    return (Candidate(each.id, each.title) for each in (rubric.fatal if rubric else ()))


def _months(hand: AtHand, at: Position) -> Iterator[Candidate]:
    year, month = hand.now.year, hand.now.month
    for back in range(_MONTHS):
        months = year * 12 + month - 1 - back
        yield Candidate(f"{months // 12}-{months % 12 + 1:02}")


_ORDER_STATES = Choice("order_state", "models.orders:ORDER_STATES")
_ALERT_STATES = Choice("alert_state", "cli.alerts.list:_ALERT_STATES")
_SEAT_STATES = Choice("seat_state", "models.floor:SEAT_STATES")
_OUTBOX_STATES = Choice("outbox_state", "models.command:OUTBOX_STATES")
#: What is exported → its states, where it has any.
STATES = {"orders": _ORDER_STATES, "alerts": _ALERT_STATES, "seats": _SEAT_STATES, "outbox": _OUTBOX_STATES}

#: The help of a parameter → what it may be.
BY_HELP: dict[str, Source] = {
    "cli.general.lang": Choice("language", "i18n:LANGUAGES"),
    "cli.argument.completion_shell": Choice("shell", "cli.completion.lines:SHELLS"),
    "cli.argument.outcome": Choice("callback_outcome", "models.orders:CALLBACK_OUTCOMES"),
    "cli.argument.forced_state": Choice("seat_state", "cli.seats.acts:_FORCED_STATES"),
    "cli.argument.listen_mode": Choice("listen_mode", "cli.seats.acts:_LISTEN_MODES"),
    "cli.argument.step_kind": Choice("step", "models.alerts:STEP_KINDS"),
    "cli.argument.fact_kind": Choice("fact", "models.assessment:FACT_KINDS"),
    "cli.argument.export_what": Choice("export", "cli.export.export:SOURCES"),
    "cli.argument.decision": Choice("decision", ("upheld", "revised")),
    "cli.argument.keep": Choice("contest", ("first", "second")),
    "cli.option.order_state": _ORDER_STATES,
    "cli.option.alert_state": _ALERT_STATES,
    "cli.option.seat_state": _SEAT_STATES,
    "cli.option.outbox_state": _OUTBOX_STATES,
    "cli.option.sample_state": Choice("sample_state", "models.quality:SAMPLE_STATES"),
    "cli.option.inspection_state": Choice("inspection_state", "models.quality:INSPECTION_STATES"),
    "cli.option.urgency": Choice("urgency", "models.orders:URGENCIES"),
    "cli.option.severity": Choice("severity", "models.alerts:SEVERITIES"),
    "cli.option.order_sort": Choice("sort", "models.order_filter:ORDER_SORTS"),
    "cli.option.department_sort": Choice("department_sort", "floor.departments:DEPARTMENT_SORTS"),
    "cli.option.seat_sort": Choice("sort", "cli.seats.list:_SEAT_SORTS"),
    "cli.option.alert_sort": Choice("sort", "cli.alerts.list:_ALERT_SORTS"),
    "cli.option.by": Choice("result_by", "cli.quality.results:_BY"),
    "cli.option.breaks_kind": Choice("seat_state", "rules.staffing.breaks:KINDS"),
    "cli.option.handover_format": Choice("format", "cli.handover.handover:_FORMATS"),
    "cli.option.handover_shift": Choice("shift", "rules.handover.shifts:NEXT_SHIFT"),
    "cli.option.report_format": Choice("report_format", "cli.assessment.assess:_FORMATS"),
    "cli.option.export_format": Choice("format", "cli.export.export:FORMS"),
    "cli.option.explain": Choice("metric", "rules.assessment.scoring:POINTS"),
    "cli.option.rekey_key": Choice("key", "cli.rekey:_PLACES"),
    "cli.option.scenario": Choice("scenario", "simulator.scenarios:SCENARIOS"),
    "cli.option.demo_scenario": Choice("scenario", "simulator.scenarios:SCENARIOS"),
    "cli.option.demo_role": Choice("role", "cli.demo:ROLES"),
    "cli.option.contract": Choice("", ("1.0", "1.1")),
    "cli.option.urge_level": Choice("", ("1", "2", "3")),
    "cli.option.satisfaction": Choice("", ("5", "4", "3", "2", "1")),
    "cli.option.missed_outcome": Choice("missed_call_state", "cli.orders.missed:OUTCOMES"),
    "cli.argument.main_order": _orders_of(),
    "cli.option.department": _departments,
    "cli.option.confer_department": _departments,
    "cli.option.confer_lead": _departments,
    "cli.option.not_applicable": _rubric_items,
    "cli.option.fatal": _fatal_errors,
}
#: The metavar of a parameter (without brackets) → what it may be, where its help is not among the above.
BY_METAVAR: dict[str, Source] = {
    "NUMBER": _orders,
    "SEAT": _seats,
    "QUEUE": _queues,
    "ZONE": _zones,
    "TEAM": _teams,
    "DEPARTMENT": _departments,
    "ALERT": _alerts,
    "SAMPLE": _samples,
    "INSPECTION": _samples,
    "FACT": _facts,
    "CALL": _missed_calls,
    "MONTH": _months,
    "LINE": Choice("line", "models.floor:LINES"),
    "NO": _people,
    "AGENT": _people,
    "ID=POINTS": _rubric_items,
    "ID=TEXT": _rubric_items,
}
#: The metavar of a file, which the shell completes best by itself.
FILE = "FILE"


def source_of(parameter: Any, arguments: Sequence[str] = ()) -> Source | None:
    """Return where a parameter's values come from; None where nothing is known of them.

    ``arguments``: those that stand before it, since the states of an export depend on what is exported.
    """
    if parameter.help == "cli.option.export_state":
        what = typed.folded(arguments[0]) if arguments else ""
        return next((each for name, each in STATES.items() if what in (name, typed.folded(term("export", name)))), None)
    metavar = (parameter.metavar or "").strip("[]")
    return BY_HELP.get(parameter.help or "") or BY_METAVAR.get(metavar)


def is_file(parameter: Any) -> bool:
    """Whether a parameter names a file."""
    return (parameter.metavar or "").strip("[]") == FILE


def choices(source: Choice, at: Position) -> Iterator[Candidate]:
    """The values of an enumeration; their terms, which are accepted as well, where one of these is being typed."""
    reverse = "-" if at.word.startswith("-") and source.area == "sort" else ""
    for value in source.values():
        word = word_of(source.area, value)
        if at.word.isascii() or word == value:
            yield Candidate(reverse + value, "" if word == value else word)
        else:
            yield Candidate(word, value)
