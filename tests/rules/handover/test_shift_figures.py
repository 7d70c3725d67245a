"""A shift in numbers: counts of batches add up, nothing outside the shift counts, the month's points are exact."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from floorctl.calendar import WorkCalendar
from floorctl.models.alerts import Alert, Surge
from floorctl.models.floor import Interval, Seat
from floorctl.models.orders import Order
from floorctl.models.team import Shift
from floorctl.rules.assessment.month import Month, Span, order_inputs
from floorctl.rules.handover import shift_figures as figures
from floorctl.rules.handover.shift_figures import OrderFigures
from floorctl.rules.handover.shifts import ShiftOf
from tests.build import HOUR, MINUTE, Entities

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(ZONE)
DAY = date(2026, 11, 24)
START = datetime(2026, 11, 24, 8, tzinfo=ZONE)
END = START + 8 * HOUR
SPAN = Span(start=START, end=END, now=END)
MADE = Entities(START)


times = st.integers(-40, 20).map(lambda hours: START + hours * HOUR)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    received = draw(times)
    reviewed = draw(st.none() | st.just(received + HOUR))
    sent = draw(st.none() | st.integers(1, 9).map(lambda n: received + n * HOUR)) if reviewed else None
    handled = draw(st.none() | st.just(sent + 2 * HOUR)) if sent else None
    state = "handled" if handled else "dispatched" if sent else "ready" if reviewed else "review"
    return MADE.order(
        received_at=received,
        reviewed_at=reviewed,
        dispatched_at=sent,
        handled_at=handled,
        state=state,
        due_at=draw(st.none() | times),
        urgency=draw(st.sampled_from(["normal", "special"])),
        dispatch_correct=draw(st.sampled_from([None, True, False])),
        callback_required=bool(handled),
        callback_outcome=draw(st.sampled_from([None, "reached"])),
        problem=draw(st.sampled_from([None, "错"])),
        review_errors=draw(st.sampled_from([(), ("错",)])),
    )


@given(st.lists(orders(), max_size=20), st.integers(0, 20))
def test_the_counts_of_two_batches_are_those_of_all_of_them(found: list[Order], cut: int) -> None:
    whole = figures.orders(found, SPAN, CALENDAR)
    parts = [figures.orders(part, SPAN, CALENDAR) for part in (found[:cut], found[cut:])]
    assert parts[0].plus(parts[1]) == whole
    month = Month(2026, 11).start(ZONE)
    one, other = (figures.month_so_far(part, month, END) for part in (found[:cut], found[cut:]))
    assert figures.added(one, other) == order_inputs(found, Span(start=month, end=END, now=END))


@given(st.lists(orders(), max_size=20))
def test_what_a_shift_lost_is_the_difference_of_the_scores_at_its_ends(found: list[Order]) -> None:
    from floorctl.rules.assessment.scoring import score

    month = Month(2026, 11).start(ZONE)
    before, after = (figures.month_so_far(found, month, until) for until in (START, END))
    lost = figures.points_lost(before, after)
    assert all(lost.values())
    for item in after:
        assert score(item, before[item]) - score(item, after[item]) == lost.get(item, 0)


def test_the_ends_of_a_shift() -> None:
    counted = figures.orders(
        [
            MADE.order(received_at=START),
            MADE.order(received_at=END),
            MADE.order(received_at=START - MINUTE, reviewed_at=START - 3 * HOUR, state="ready"),
            MADE.order(received_at=START - 9 * HOUR, reviewed_at=START - 3 * HOUR - MINUTE, state="ready"),
            MADE.order(received_at=START - 9 * HOUR, reviewed_at=START - HOUR, dispatched_at=START + 2 * HOUR),
            MADE.order(received_at=START - 9 * HOUR, reviewed_at=START - HOUR, dispatched_at=START + 2 * HOUR + MINUTE),
            MADE.order(received_at=START - 9 * HOUR, state="dispatched", due_at=END - MINUTE),
            MADE.order(received_at=START - 9 * HOUR, state="handled", due_at=START + HOUR, handled_at=START + 2 * HOUR),
            MADE.order(received_at=START - 9 * HOUR, state="handled", due_at=START + HOUR, handled_at=START + HOUR),
        ],
        SPAN,
        CALENDAR,
    )
    assert counted == OrderFigures(
        received=1, dispatched=2, dispatch_late=2, handled=2, overdue=2, urgent=0, called_back=0
    )


def test_calls_are_summed_by_line_and_in_all() -> None:
    def interval(queue: str, offered: int, answered: int) -> Interval:
        return MADE.interval(
            queue_id=queue,
            offered=offered,
            answered=answered,
            abandoned=offered - answered,
            answered_in_target=answered,
            handle_seconds=answered * 100.0,
        )

    found = figures.calls(
        {"a": [interval("a", 10, 8)], "b": [interval("b", 2, 2)], "c": [interval("c", 5, 5)], "gone": []},
        {"a": MADE.queue(), "b": MADE.queue(), "c": MADE.queue(line="12320")},
    )
    assert [(each.line, each.counts.offered, each.counts.answered) for each in found] == [
        ("12345", 12, 10),
        ("12320", 5, 5),
        ("", 17, 15),
    ]


def raised(at: datetime, state: str, *steps: tuple[datetime, datetime | None]) -> Alert:
    ladder = [MADE.step("follow_up", due_at=due, done_at=done) for due, done in steps]
    return MADE.alert(raised_at=at, state=state, steps=ladder)


def test_alerts_and_their_escalation_steps() -> None:
    counted = figures.alerts(
        [
            raised(START, "closed", (START + HOUR, START + HOUR)),
            raised(START - HOUR, "acknowledged", (START + HOUR, START + 2 * HOUR), (END + HOUR, None)),
            raised(END - MINUTE, "open", (END - MINUTE, None)),
            raised(END, "open"),
        ],
        SPAN,
    )
    assert counted.raised == {"critical": 0, "warning": 2, "notice": 0}
    assert (counted.closed, counted.steps_done, counted.steps_done_late) == (1, 2, 1)
    assert (counted.steps_open, counted.steps_open_late) == (2, 1)


def test_who_was_seen_nowhere_is_absent_after_a_quarter_of_an_hour() -> None:
    def shift(person: str, starts: datetime = START) -> Shift:
        return MADE.shift(person_id=person, starts_at=starts, ends_at=starts + 8 * HOUR)

    def seat(who: str, state: str = "ready") -> Seat:
        return MADE.seat(state=state, person_id=who)

    people = dict.fromkeys(("seated", "worked", "gone", "late", "out"), MADE.person())
    people["lead"] = MADE.person(post="team_lead")
    now = START + HOUR
    span = Span(start=START, end=now, now=now)
    roster = [*(shift(each) for each in people if each != "late"), shift("late", now - 10 * MINUTE)]
    agents = figures.agents_of(roster, people, span)
    assert "lead" not in agents
    seats = [seat("seated"), seat("out", "signed_out")]
    assert figures.absent(agents, seats, {"worked"}, span) == ["gone", "out"]


def test_the_days_samples_and_the_shifts_scores() -> None:
    rubric = MADE.rubric()
    samples = [
        MADE.sample(day=day, state=state)
        for day, state in ((DAY, "scored"), (DAY, "open"), (DAY - timedelta(days=1), "open"))
    ]
    scores = [
        MADE.inspection(rubric_id="r", total=total, submitted_at=at, fatal=fatal)
        for total, at, fatal in ((90.5, START, ()), (84.99, END - MINUTE, ()), (0.0, START, ("f",)), (100.0, END, ()))
    ]
    found = figures.inspected(samples, scores, {"r": rubric}, ShiftOf(DAY, "morning"), SPAN)
    assert (found.planned, found.scored, found.inspected, found.below, found.fatal) == (2, 1, 3, 2, 1)
    assert found.mean == Fraction(17549, 300)


def test_a_surge_counts_in_every_shift_that_it_reaches_into() -> None:
    def surge(starts: datetime, ends: datetime | None) -> Surge:
        return MADE.surge(started_at=starts, ended_at=ends)

    found = [
        surge(START - HOUR, START),
        surge(END - MINUTE, None),
        surge(END, None),
        surge(START - 2 * HOUR, START - HOUR),
    ]
    assert [each.started_at for each in figures.surges(found, SPAN)] == [START - HOUR, END - MINUTE]
