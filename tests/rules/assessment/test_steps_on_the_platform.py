"""What is said to cost or to win the next points does so once it has been done on the platform, and no sooner."""

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from floorctl import config as configuration
from floorctl.floor.terminal import open_terminal
from floorctl.floor.views import Changed, ConnectionStatusChanged
from floorctl.models.base import Entity
from floorctl.models.orders import Order
from floorctl.models.team import Person
from floorctl.rules.assessment import steps
from floorctl.rules.assessment.steps import NextStep
from tests.build import HOUR, MINUTE
from tests.cli.shell import Shell
from tests.floor_access import read_model_of
from tests.rules.assessment.march_2026 import IN_TIME, MADE, TEN, at, handled, platform_data, sign_in, times
from tests.simulator.running import Running

TODAY = "03-20T10:00"
_numbers = itertools.count(1)
Made = tuple[str, str, Entity]


def an_order(fields: dict[str, Any]) -> Made:
    number = next(_numbers)
    return "order", f"o-{number}", MADE.order(number, **fields)


def a_person(**more: Any) -> Made:
    number = next(_numbers)
    return "person", f"p-{number}", MADE.person(employee_no=str(number), name=f"员工{number}", **more)


def a_fact(kind: str, **more: Any) -> Made:
    return "fact", f"f-{next(_numbers)}", MADE.fact(kind=kind, **more)


def a_floor() -> list[Made]:
    """The middle of a month, with some of everything wrong, so that each step is more than one away where it can be."""
    well = [an_order(IN_TIME | handled(TEN + HOUR, "reached")) for _ in range(300)]
    wrong = [
        *(an_order(IN_TIME | {"review_errors": ("错",)}) for _ in range(14)),
        *(an_order(IN_TIME | {"dispatch_correct": False}) for _ in range(16)),
        *(an_order(IN_TIME | handled(TEN + HOUR, None)) for _ in range(50)),
        *(an_order(IN_TIME | {"problem": "漏项"}) for _ in range(15)),
        *(an_order(times(TEN, TEN, TEN + 4 * HOUR)) for _ in range(3)),
    ]
    people = [a_person() for _ in range(60)]
    people += [a_person(left_on=date(2026, 3, 2)) for _ in range(8)]
    facts = [a_fact("onboarding_exam", sat=40, passed=27), a_fact("training", count=3)]
    return [*well, *wrong, *people, *facts]


FLOOR = a_floor()


def changed(chosen: Callable[[Any], bool], **fields: Any) -> Iterator[Made]:
    """Entities of the floor that something can still happen to, after it has."""
    return iter([(kind, id_, replace(found, **fields)) for kind, id_, found in FLOOR if chosen(found)])


_leavers = changed(lambda who: isinstance(who, Person) and who.left_on is None, left_on=date(2026, 3, 19))
_problems = changed(lambda each: isinstance(each, Order) and each.callback_outcome == "reached", problem="漏项")
_called = changed(
    lambda each: isinstance(each, Order) and each.callback_required and each.callback_outcome is None,
    callback_outcome="no_answer",
)

#: What a step is of → what has happened on the platform once it is done once more.
DONE: dict[str, Callable[[], Made]] = {
    "review_error": lambda: an_order(times(TEN, TEN, review_errors=("错",), state="answered")),
    "late_dispatch": lambda: an_order(times(TEN, at(TODAY) - 3 * HOUR - MINUTE, state="ready")),
    "wrong_dispatch": lambda: an_order(times(TEN, None, TEN, dispatch_correct=False)),
    "missed_callback": lambda: an_order(times(at("02-10T10:00"), **handled(TEN, None))),
    "problem_order": lambda: next(_problems),
    "leaver": lambda: next(_leavers),
    "below_college": lambda: a_person(education="below_college"),
    "failed_exam": lambda: a_fact("onboarding_exam", sat=1, passed=0),
    "short_course": lambda: a_fact("onboarding_training", days=3),
    "task_missed": lambda: a_fact("task_missed"),
    "right_review": lambda: an_order(times(TEN, TEN, state="answered")),
    "right_dispatch": lambda: an_order(times(TEN, None, TEN)),
    "callback": lambda: next(_called),
    "order": lambda: an_order(times(TEN)),
    "passed_exam": lambda: a_fact("onboarding_exam", sat=1, passed=1),
    "training": lambda: a_fact("training"),
    "team_event": lambda: a_fact("team_event"),
    "learning_board": lambda: a_fact("learning_board"),
    "service_star": lambda: a_fact("service_star"),
}


class Place:
    """A platform in mid-month and a floor that follows it."""

    def __init__(self, folder: Path) -> None:
        self.running = Running(platform_data(folder / "platform.db", at(TODAY), FLOOR))
        shell = Shell(folder / "terminal", self.running.url)
        sign_in(shell.data, self.running.url)
        self.floor = open_terminal(configuration.load(shell.config))
        self.told: list[Changed | ConnectionStatusChanged] = []
        self.floor.events.subscribe(self.told.append)
        self.floor.live.start()
        self.until(lambda: self.holds(FLOOR[-1]))

    def close(self) -> None:
        self.floor.close()
        self.running.stop()

    def holds(self, made: Made) -> bool:
        return read_model_of(self.floor).lookup(made[0], made[1]) == made[2]

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end, "it does not come"
            time.sleep(0.01)

    def do(self, made: list[Made]) -> None:
        """Let it happen on the platform, and wait until the floor has heard of it."""
        with self.running.store.transaction() as changing:
            changing.put_many(made)
        self.until(lambda: all(self.holds(each) for each in made))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("steps"))
    yield place
    place.close()


def done_so_many_times(place: Place, item: str, step: NextStep, sign: int) -> None:
    before = place.floor.assessment.score().item(item).score
    if step.count > 1:
        place.do([DONE[step.of]() for _ in range(step.count - 1)])
        assert place.floor.assessment.score().item(item).score == before, "too soon"
    place.do([DONE[step.of]()])
    assert place.floor.assessment.score().item(item).score == before + sign * step.points


@pytest.mark.parametrize("item", list(steps._WORSE))
def test_what_is_said_to_cost_the_next_points_costs_them_and_no_sooner(place: Place, item: str) -> None:
    step = place.floor.assessment.score().item(item).next_loss
    assert step is not None
    done_so_many_times(place, item, step, -1)


@pytest.mark.parametrize(
    "item", ["callback_rate", "dispatch_accuracy", "review_errors", "service_ability", "onboarding_exam", "training"]
)
def test_what_is_said_to_win_points_back_wins_them_and_no_sooner(place: Place, item: str) -> None:
    step = place.floor.assessment.score().item(item).next_gain
    assert step is not None
    done_so_many_times(place, item, step, +1)


def test_an_order_that_waits_becomes_late_at_its_three_hours_by_itself(place: Place) -> None:
    due = place.floor.now() + timedelta(seconds=2)
    before = place.floor.assessment.score().item("dispatch_timeliness").counts["late"]
    place.do([an_order(times(TEN, due - 3 * HOUR, state="ready"))])
    place.told.clear()
    while True:
        asked = place.floor.now()
        late = place.floor.assessment.score().item("dispatch_timeliness").counts["late"]
        answered = place.floor.now()
        if late != before:
            break
        assert asked <= due, "it is late, and does not count"
        time.sleep(0.005)
    assert late == before + 1
    assert answered > due, "it counts, and is not late yet"


def test_who_watches_is_told_when_the_score_is_another(place: Place) -> None:
    place.told.clear()
    place.do([a_fact("public_praise")])

    def told() -> bool:
        return any(isinstance(each, Changed) and "assessment" in each.ids for each in place.told)

    place.until(told)
    known = place.floor.assessment.last()
    assert known is not None
    assert known.bonus == place.floor.assessment.score().bonus


def test_what_was_recorded_here_counts_before_and_after_the_platform_has_it(place: Place) -> None:
    before = place.floor.assessment.score()
    item = place.floor.assessment.record_fact(
        "purchaser_praise", date(2026, 3, 12), title="表扬信", evidence="函〔2026〕3号"
    )
    assert place.floor.assessment.score().total == before.total + 2
    place.until(lambda: place.floor.outbox.item(item.id).state == "applied")
    place.until(lambda: not next(view for view in place.floor.assessment.facts() if view.id == item.target.id).pending)
    assert place.floor.assessment.score().total == before.total + 2
    (view,) = [
        each for each in place.floor.assessment.facts(place.floor.assessment.score().month) if each.id == item.target.id
    ]
    assert view.recorded_here
    assert not any(each.recorded_here for each in place.floor.assessment.facts() if each.id != item.target.id)
    gone = place.floor.assessment.remove_fact(item.target.id, "重复登记")
    assert place.floor.assessment.score().total == before.total
    place.until(lambda: place.floor.outbox.item(gone.id).state == "applied")
    assert place.floor.assessment.score().total == before.total
