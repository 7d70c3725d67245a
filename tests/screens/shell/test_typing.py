"""Typed digits as points on a scale, keys typed ahead, and writing of a form that changes faster than the disk."""

import asyncio
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key

from floorctl.screens.quality.newest import Newest
from floorctl.screens.quality.points import append_digit, continues_number, scale
from floorctl.screens.shell.keys import TypedAhead

STEPS = st.sampled_from([0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 0.001])
POINTS = st.integers(0, 400).map(lambda n: n / 4)


def on_scale(value: float, points: float, step: float) -> bool:
    given, most = Decimal(str(value)), Decimal(str(points))
    return given == most or (0 <= given <= most and given % Decimal(str(step)) == 0)


@given(keys=st.text("0123456789.", max_size=12), points=POINTS, step=STEPS)
def test_whatever_is_typed_only_points_on_the_scale_come_of_it(keys: str, points: float, step: float) -> None:
    typed = ""
    for char in keys:
        found = append_digit(typed, char, points, step)
        typed = found[0] if found else ""
        if found and found[1] is not None:
            assert on_scale(found[1], points, step)


@given(data=st.data(), points=POINTS, step=STEPS)
def test_every_value_on_the_scale_can_be_typed(data: st.DataObject, points: float, step: float) -> None:
    known = scale(points, step)
    if known is None:
        return
    value = data.draw(st.sampled_from(sorted(known)))
    typed, last = "", None
    for at, char in enumerate(value):
        assert at == 0 or continues_number(typed, char, points, step)
        found = append_digit(typed, char, points, step)
        assert found is not None
        typed, last = found
    assert (typed, last) == (value, float(value))


@pytest.mark.parametrize(
    ("typed", "char", "found"),
    [
        ("", "9", None),
        ("1", "2", ("12", 12.0)),
        ("4", "2", ("2", 2.0)),
        ("3", ".", ("3.", None)),
        ("3.", "5", ("3.5", 3.5)),
        ("3.", "7", ("7", 7.0)),
        ("", ".", None),
    ],
)
def test_a_number_goes_on_or_a_new_one_begins(typed: str, char: str, found: tuple[str, float | None] | None) -> None:
    most = 12.0 if char != "9" else 4.0
    assert append_digit(typed, char, most, 0.5) == found


async def test_what_is_written_last_is_what_was_put_last_however_fast_it_comes() -> None:
    written: list[int] = []

    def slow(value: int) -> None:
        time.sleep(0.002)
        written.append(value)

    newest: Newest[int] = Newest(slow)
    tasks = []
    for n in range(200):
        if newest.put(n):
            tasks.append(asyncio.create_task(newest.write_all()))
        if n % 10 == 0:
            tasks.append(asyncio.create_task(asyncio.to_thread(newest.write)))
            await asyncio.sleep(0.001)
    await asyncio.gather(*tasks)
    assert written[-1] == 199
    assert written == sorted(set(written))
    assert newest.written


async def test_a_disk_that_fails_once_takes_the_next_one() -> None:
    written: list[int] = []

    def fails_on_one(value: int) -> None:
        if value == 1:
            raise OSError(value)
        written.append(value)

    newest: Newest[int] = Newest(fails_on_one)
    assert newest.put(1)
    with pytest.raises(OSError, match="1"):
        await newest.write_all()
    assert not newest.written, "it is still to be written"
    assert newest.put(2)
    await newest.write_all()
    assert written == [2]


def next_key(ahead: TypedAhead) -> str | None:
    event = ahead.next()
    return event.key if isinstance(event, Key) else None


def test_keys_typed_ahead_come_out_in_their_order_and_stop_where_one_holds_again() -> None:
    ahead = TypedAhead()
    assert not ahead.keeps(Key("a", "a"))
    ahead.hold("dialog")
    assert [ahead.keeps(Key(char, char)) for char in "bcd"] == [True] * 3
    assert not ahead.keeps(Key("ctrl+q", None))
    assert ahead.next() is None
    ahead.release("dialog")
    assert next_key(ahead) == "b"
    ahead.hold("dialog")
    assert ahead.next() is None
    ahead.release("dialog")
    assert ahead.keeps(Key("e", "e")), "behind the ones that were first"
    assert [next_key(ahead) for _ in range(3)] == ["c", "d", "e"]
    assert ahead.next() is None
    assert not ahead.keeps(Key("f", "f"))


def test_what_is_held_for_one_thing_is_not_released_by_another() -> None:
    ahead = TypedAhead()
    ahead.hold("screen")
    ahead.hold("filter")
    assert ahead.keeps(Key("a", "a"))
    ahead.release("screen")
    assert ahead.next() is None
    ahead.release("filter")
    assert next_key(ahead) == "a"
    ahead.hold("screen")
    ahead.hold("dialog")
    ahead.forget()
    assert not ahead.holds
    assert ahead.keeps(Key("b", "b"), too_early=True)
    assert ahead.keeps(Key("c", "c")), "behind the one that was too early"
    assert ahead.waiting
