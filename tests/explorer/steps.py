"""What can happen to the cockpit: plain tuples, so that a walk can be made up, shrunk, printed and pasted."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.explorer.people import NUMBERS

#: (what happens, with what …)
Step = tuple[Any, ...]
#: Columns and rows, language, role.
Setting = tuple[tuple[int, int], str, str]

SIZES = ((80, 24), (120, 36), (200, 60))
SETTINGS = tuple(
    (size, language, role)
    for role in ("supervisor", "shift_lead", "inspector")
    for language in ("zh-CN", "en")
    for size in SIZES
)
_HOSTILE = json.loads((Path(__file__).parent.parent / "data" / "hostile.json").read_text("utf-8"))
WORDS = ("讨薪", "水压", "uaxkd", "12345", "00017", "一次性 u y 1", "é👨‍👩‍👧字", "q", "ya", "请尽快办理，住建局 7")
#: More than a line at once, from a page or a table.
_PASTES = ("第一行 u\ny\n第三行\r\n1\n", "ａｂｃ１２３，全角　字", "u\t1\ty\n", "x" * 3000, "讨薪\n" * 40)
#: Keys that many a screen knows, and what leads through questions.
_GO = tuple("1234567s")
_ACTS = tuple("uadcvbknmeltTxgwyzrpiPhOSDCLUAo[]+-!")
_LEAD = (
    "escape",
    "enter",
    "space",
    "up",
    "down",
    "tab",
    "shift+tab",
    "left",
    "right",
    "home",
    "end",
    "pageup",
    "pagedown",
    "ctrl+p",
    "?",
    "/",
    "f",
    "delete",
    "backspace",
    "ctrl+s",
    "ctrl+j",
    "ctrl+k",
)


def _of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def _step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), *arguments)


_text = st.one_of(_of(*WORDS), st.sampled_from(_HOSTILE).filter(lambda text: 0 < len(text) < 60))
_seed = st.integers(0, 999)
_share = st.integers(0, 99)
_key = st.one_of(_of(*_GO), _of(*_ACTS), _of(*_LEAD), _of(*"123456789yn"))
_calm = st.one_of(
    _step("key", _key),
    _step("key", _of("escape", "enter", "y", "f", "/", "1")),
    # The n-th of the keys that mean something where we are.
    _step("any key", _seed),
    _step("text", _text),
)
_events = st.one_of(
    _step("burst", st.lists(st.one_of(_key, _of("f", "/", "讨")), min_size=2, max_size=6).map(tuple)),
    _step("paste", st.one_of(_text, _of(*_PASTES))),
    _step("click", _share, _share),
    _step("double click", _share, _share),
    _step("wheel", _share, _share, _of(-3, 3)),
    _step("size", _of(*SIZES, (100, 30), (60, 15), (40, 10), (132, 43))),
    _step("click on", _seed, _share, _share),
    _step("wait", _of(0.05, 0.4, 1.1, 6.0, 31.0, 61.0)),
    _step("urgent"),
    _step("others act", _seed),
    _step("others act then key", _seed, _key),
    _step("vanish", _seed),
    _step("vanish then key", _seed, _key),
    _step("goes then key", st.one_of(_key, _of("enter"))),
    _step("answer"),
    _step("refuse"),
    _step("outage"),
    _step("return"),
    _step("slow disk", _of(0.0, 0.05, 0.5)),
    _step("home"),
)
_move = _step("key", _of("down", "up", "space", "space", "tab", "end", "left", "right"))
_answers = st.one_of(_step("key", _of(*"y123n", "enter", "escape", "space")), _step("text", _text))
#: What people do: on some screen, on some rows, an act, its questions answered, while the floor goes on.
_act = st.tuples(
    st.lists(_step("key", _of(*_GO)), max_size=1),
    st.lists(_move, max_size=3),
    st.lists(_events, max_size=1),
    st.lists(st.one_of(_step("any key", _seed), _step("key", _of(*_ACTS))), min_size=1, max_size=1),
    st.lists(_events, max_size=1),
    st.lists(_answers, max_size=4),
)
_search = st.tuples(
    st.lists(_step("key", _of("f", "/", "ctrl+p", "n")), min_size=1, max_size=1),
    st.lists(st.one_of(_step("text", _text), _step("key", _key)), max_size=2),
    st.lists(_step("key", _of("enter", "escape")), max_size=3),
    st.lists(_step("key", _key), max_size=2),
)
#: Something is begun, the terminal locks by a key or since nobody touches it, or the session ends, and somebody opens
#: it: mostly who was there.
_sign_in = st.one_of(_step("sign in", _of(NUMBERS[0], NUMBERS[0], *NUMBERS), _of(True, True, True, False)))
_lock = st.tuples(
    st.lists(st.one_of(_step("any key", _seed), _step("key", _of(*_ACTS, "n", "f", "/", "ctrl+p"))), max_size=1),
    st.lists(st.one_of(_step("text", _text), _step("key", _of("1", "2", "enter", "y", "space"))), max_size=2),
    st.lists(_of(("key", "ctrl+l"), ("key", "ctrl+l"), ("wait", 121.0), ("session ends",)), min_size=1, max_size=1),
    st.lists(st.one_of(_answers, _events), max_size=2),
    st.lists(_sign_in, min_size=1, max_size=2),
    st.lists(_answers, max_size=2),
)
#: The program is left while something is open, and started again.
_leave = st.tuples(
    st.lists(st.one_of(_step("any key", _seed), _step("key", _of(*_ACTS, "n"))), max_size=1),
    st.lists(st.one_of(_step("text", _text), _step("key", _of("1", "2", "enter", "y"))), max_size=2),
    _of([("leave",)]),
    st.lists(_sign_in, min_size=1, max_size=1),
)
#: What can't be undone is asked about, signed by a second person, or taken back.
_back = st.tuples(
    _of(*([("key", each) for each in keys] for keys in ("z", "7T", "7g", "7t", "7W", "1p1", "3uu", "3uz"))),
    st.lists(_step("key", _of("enter", "y", "down")), min_size=1, max_size=2),
    st.lists(st.one_of(_answers, _sign_in, _move), max_size=3),
    st.lists(_events, max_size=1),
    st.lists(st.one_of(_answers, _sign_in), max_size=2),
)
#: What the cursor is on goes at the moment that a key is pressed.
_goes = st.tuples(
    _of(*([("key", each) for each in keys] for keys in ("3", "4", "5", "5X", "5S", "5C", "6t", "7", "s", "1t"))),
    st.lists(_move, max_size=2),
    st.lists(_step("goes then key", st.one_of(_key, _of("enter", "enter", "y"))), min_size=1, max_size=1),
    st.lists(_answers, max_size=3),
)
#: Something is written, and left one way or another.
_write = st.tuples(
    st.lists(_of(("key", "n"), ("key", "n"), ("key", "b"), ("key", "a"), ("key", "i")), min_size=1, max_size=1),
    st.lists(_step("key", _of("1", "2", "down", "enter")), max_size=1),
    st.lists(_step("text", _text), min_size=1, max_size=2),
    st.lists(
        st.one_of(_of(("key", "escape"), ("key", "escape"), ("key", "enter"), ("home",)), _events),
        min_size=1,
        max_size=2,
    ),
)
#: The terminal gets very small, or large, while something is open, and is again as it was.
_resized = st.tuples(
    st.lists(st.one_of(_step("any key", _seed), _step("key", _of(*_ACTS))), min_size=1, max_size=1),
    st.lists(_step("size", _of((40, 10), (60, 15), *SIZES)), min_size=1, max_size=1),
    st.lists(st.one_of(_answers, _events), max_size=2),
    st.lists(_step("size", _of(*SIZES)), min_size=1, max_size=1),
)
_bit = st.one_of(
    st.one_of(_calm, _events).map(lambda each: [each]),
    st.one_of(_act, _search, _back, _resized, _goes).map(lambda parts: [each for part in parts for each in part]),
    st.one_of(_act, _lock, _leave, _write, _write).map(lambda parts: [each for part in parts for each in part]),
)


def walks(longest: int) -> st.SearchStrategy[list[Step]]:
    """Walks of at most so many steps."""
    bits = st.lists(_bit, min_size=longest // 4, max_size=longest)
    return bits.map(lambda parts: [each for part in parts for each in part][:longest])


def settings_of() -> st.SearchStrategy[Setting]:
    """Where a walk begins."""
    return st.sampled_from(SETTINGS)


def as_test(setting: Setting, steps: list[Step], said: str) -> str:
    """A walk as a test that can be pasted."""
    size, language, role = setting
    lines = "".join(f"        {step!r},\n" for step in steps)
    return (
        f"# {said}\n"
        "def test_(template: World) -> None:\n"
        f"    walk(template, [\n{lines}    ], size={size}, language={language!r}, role={role!r})\n"
    )
