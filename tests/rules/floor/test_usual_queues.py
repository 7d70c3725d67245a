from dataclasses import dataclass

import pytest

from floorctl.rules.floor.usual_queues import moved_away, usual_queues
from tests.rules import small_floor

QUEUES = ("q-12345", "q-12333", "q-12320")


@dataclass
class Case:
    skilled: tuple[str, ...]
    serves: tuple[str, ...]
    moved: bool


@pytest.mark.parametrize(
    "case",
    [
        Case(("q-12345", "q-12333"), ("q-12345", "q-12333"), moved=False),
        Case(("q-12345", "q-12333"), ("q-12333",), moved=True),
        Case(("q-12345", "q-12333"), ("q-12333", "q-12345"), moved=True),
        Case(("q-12345", "q-12333", "q-12320"), ("q-12345", "q-12320", "q-12333"), moved=False),
        Case(("q-12345",), ("q-12345", "q-12333"), moved=True),
        Case(("q-12345",), (), moved=True),
        # What is no queue of this floor says nothing, on either side.
        Case(("english", "q-12345"), ("q-12345",), moved=False),
        Case(("english",), ("q-12333",), moved=False),
        Case((), ("q-12333",), moved=False),
    ],
)
def test_a_seat_is_moved_where_it_serves_other_queues_than_its_person_is_skilled_for(case: Case) -> None:
    usual = usual_queues(small_floor.person(skills=case.skilled), QUEUES)
    assert moved_away(small_floor.seat(skills=case.serves), usual, QUEUES) == case.moved


def test_a_seat_without_a_person_is_moved_by_nobody() -> None:
    assert not moved_away(small_floor.seat(skills=("q-12333",)), usual_queues(None, QUEUES), QUEUES)
