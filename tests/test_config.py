"""floorctl.toml: what may stand in it is taken, what may not is named, and no value of it stops the program later."""

import tomllib
from datetime import date, time
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.calendar import SHIPPED_LIMITS
from floorctl.config import Config, Section, Settings, Terminal, find, load, parse
from floorctl.errors import UsageError
from floorctl.text.durations import duration

ROOT = Path(__file__).parents[1]


def keys(section: Section, prefix: str = "") -> dict[str, Any]:
    """Return every key that may stand in the file, and the type of its value; not those of ``[[order_limits]]``."""
    types: dict[str, Any] = {}
    for name in section.__struct_fields__:
        value = getattr(section, name)
        if isinstance(value, Section):
            types |= keys(value, f"{name}.")
        elif name != "order_limits":
            hint = get_type_hints(type(section))[name]
            types[prefix + name] = hint if get_origin(hint) is tuple else str if isinstance(value, str) else hint
    return types


KEYS = keys(Settings())
DURATIONS = {key for key in KEYS if key.startswith("limits.")} | {
    "terminal.lock_after",
    "alerts.dispatch_warning",
    "alerts.queue_waiting_for",
    "alerts.critical_full_screen_after",
    "orders.return_within",
    "missed_calls.within",
    "missed_calls.again_after",
}
#: A value of each key that is not the default.
OTHER: dict[str, Any] = {
    "language": "en", "time_zone": "Asia/Urumqi", "platform.url": "https://12345.example:8443/api",
    "platform.timeout": 2.5, "terminal.key": "file", "terminal.glyphs": "ascii",
    "contract.start": date(2027, 1, 1), "contract.price": "1234567.89",
    "work.day_starts": time(8, 30), "work.day_ends": time(18, 0), "work.holidays": (date(2027, 1, 2),),
    "work.extra_workdays": (date(2027, 1, 3),), "alerts.resource_warning": 0.5,
    "missed_calls.day_starts": time(9, 0), "missed_calls.day_ends": time(20, 0),
    "alerts.quiet_hours_start": time(23, 0), "alerts.quiet_hours_end": time(6, 0),
    "assessment.service_ability_rounding": "down", "assessment.partial_points": "share",
    "hot_spots.words": ("停电", "断水"),
} | dict.fromkeys(DURATIONS, "1h30m")  # fmt: skip
WRONG: dict[Any, tuple[Any, ...]] = {
    str: (1, True, 1.5, ["x"], date(2026, 1, 1)),
    float: ("1", True, [1.0]),
    int: ("1", 1.5, True),
    bool: (1, "true"),
    time: ("09:00", 9),
    date: ("2026-01-01", 2026),
    tuple[str, ...]: ("燃气", [1], [["燃气"]]),
    tuple[date, ...]: ("2026-01-01", date(2026, 1, 1), ["2026-01-01"], [1]),
}


def other(key: str) -> Any:
    if key in OTHER:
        return OTHER[key]
    return {str: "别的", float: 2.0, int: 7, bool: False}[KEYS[key]]


def document(key: str, value: Any) -> dict[str, Any]:
    section, _, name = key.rpartition(".")
    return {section: {name: value}} if section else {name: value}


def at(config: Any, key: str) -> Any:
    for name in key.split("."):
        config = getattr(config, name)
    return config


def test_nothing_configured_is_the_defaults() -> None:
    assert parse({}) == Config()


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_taken_and_changes_itself_alone(key: str) -> None:
    value = other(key)
    given = list(value) if isinstance(value, tuple) else value
    config = parse(document(key, given))
    assert at(config, key) == value
    assert at(config, key) != at(Config(), key) or key == "alerts.raise_here"
    assert [each for each in KEYS if at(config, each) != at(Config(), each)] == [key]


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, kind in KEYS.items() for value in WRONG[kind]])
def test_a_value_of_the_wrong_type_is_named(key: str, value: Any) -> None:
    with pytest.raises(UsageError) as refused:
        parse(document(key, value))
    assert refused.value.key == "error.config_wrong_type"
    assert refused.value.params["key"] == key


@pytest.mark.parametrize("key", KEYS)
def test_an_unknown_key_is_named_with_the_nearest(key: str) -> None:
    section, _, name = key.rpartition(".")
    mistyped = name[:-1] + "_x" if len(name) > 3 else name + "x"
    with pytest.raises(UsageError) as refused:
        parse(document(f"{section}.{mistyped}" if section else mistyped, other(key)))
    assert refused.value.key == "error.config_unknown_key"
    assert refused.value.params["key"] == (f"{section}.{mistyped}" if section else mistyped)
    assert refused.value.params["near"] == key


@pytest.mark.parametrize("key", ["path", "", "[red]", "\x1b[31m", "平台"])
def test_a_key_that_is_like_none_is_named_with_all_that_there_can_be(key: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse({key: 1})
    assert refused.value.key == "error.config_unknown_key_at_all"
    sections = [
        "platform", "terminal", "contract", "limits", "work", "orders", "alerts", "missed_calls", "hot_spots",
        "assessment",
    ]  # fmt: skip
    known = [each for each in KEYS if "." not in each] + sections
    assert str(refused.value.params["known"]).split("、") == [*known, "order_limits"]
    with pytest.raises(UsageError) as refused:
        parse({"terminal": {"colour": 1}})
    assert refused.value.params["known"] == "name、data_dir、lock_after、bell、key、player、glyphs"


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ({"Platform": 1}, "platform"), ({"ｐｌａｔｆｏｒｍ": 1}, "platform"), ({"url": "https://x"}, "platform.url"),
        ({"terminal": {"start": 1}}, "contract.start"), ({"limits": {"lock_after": "5m"}}, "terminal.lock_after"),
    ],
)  # fmt: skip
def test_a_key_in_another_case_or_section_is_named_where_it_belongs(given: dict[str, Any], near: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(given)
    assert refused.value.params["near"] == near


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"contract": {"start": ""}}, '""'), ({"terminal": {"key": " "}}, '" "'),
        ({"terminal": {"bell": "yes"}}, '"yes"'),
        ({"work": {"holidays": ["a"]}}, '["a"]'), ({"terminal": {"name": True}}, "true"),
        ({"terminal": {"name": {"a": [date(2026, 1, 1)]}}}, "{a = [2026-01-01]}"), ({"platform": {"url": []}}, "[]"),
        ({"platform": {"ca_file": "https://me:secret@host/"}}, '"https://…@host/"'),
        ({"language": "x" * 300}, '"' + "x" * 58 + "…"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_shown_as_it_stands_in_the_file(given: dict[str, Any], shown: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(given)
    assert refused.value.params["value"] == shown


@pytest.mark.parametrize(
    "section", ["platform", "terminal", "contract", "limits", "work", "alerts", "missed_calls", "assessment"]
)
@pytest.mark.parametrize("value", [1, "x", [], [{}]])
def test_a_section_that_is_no_table_is_named(section: str, value: Any) -> None:
    with pytest.raises(UsageError) as refused:
        parse({section: value})
    assert refused.value.key == "error.config_not_table"


BAD: list[tuple[str, Any]] = [
    ("language", "de"), ("language", ""),
    *(("time_zone", name) for name in ("", "Mars/Phobos", "../../etc/passwd", "/etc/passwd", "Asia/")),
    *(
        ("platform.url", url) for url in
        ("ftp://x", "x", "http://", "http://[", "http://h:99999", "http://h:x", "javascript:x", "/v1", "http:///v1")
    ),
    *(("platform.timeout", seconds) for seconds in (0, -1, float("nan"), float("inf"), 1e9, 10**400)),
    ("terminal.key", "magic"), ("terminal.glyphs", "emoji"),
    ("terminal.data_dir", "/tmp/\x00"), ("terminal.name", "\x1b[31m"),
    ("platform.ca_file", "a\nb"),
    *(("contract.price", price) for price in ("", "abc", "-1", "1e9", "1,000", "NaN", "１２")),
    *(("work.due_soon_hours", hours) for hours in (-1, float("nan"), 1e300)),
    ("work.day_starts", time(18, 0)), ("work.day_ends", time(9, 0)), ("work.day_ends", time(0, 0)),
    ("missed_calls.day_starts", time(21, 0)), ("missed_calls.day_ends", time(8, 0)), ("missed_calls.tries", 0),
    ("alerts.queue_waiting", -1), ("alerts.queue_waiting", 2**63),
    ("alerts.service_level_offered", -5), ("alerts.order_overdue_critical_days", -1),
    *(("alerts.resource_warning", share) for share in (0, -1, 1.01, float("nan"))),
    *(("alerts.surge_ratio", ratio) for ratio in (0, -1, float("nan"), float("inf"))),
    ("assessment.service_ability_rounding", "sideways"), ("assessment.partial_points", ""),
    *((key, text) for key in sorted(DURATIONS) for text in ("", "5", "-1m", "5 parsec", "10m garbage", "9" * 30 + "h")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_value_that_makes_no_sense_is_named(key: str, value: Any) -> None:
    with pytest.raises(UsageError) as refused:
        parse(document(key, value))
    assert refused.value.key == "error.config_bad_value"
    named = key.replace("day_starts", "day_ends")
    assert refused.value.params["key"] == named


ROW: dict[str, Any] = dict.fromkeys(("inquiry", "help", "suggestion", "opinion", "complaint", "report"), 3)
FROM = date(2027, 1, 1)


class TestOrderLimits:
    def test_rows_in_the_file_replace_the_shipped_ones(self) -> None:
        config = parse({"order_limits": [ROW, ROW | {"from": FROM, "source": "新办法", "special_urgent": "12h"}]})
        first, second = config.order_limits
        assert (first.begins, first.source, first.help, first.special_urgent.seconds) == (None, "", 3, 86400)
        assert (second.begins, second.source, second.help, second.special_urgent.seconds) == (FROM, "新办法", 3, 43200)

    def test_the_shipped_rows_are_those_of_the_calendar(self) -> None:
        assert tuple(row.limits for row in Config().order_limits) == SHIPPED_LIMITS

    @pytest.mark.parametrize(
        ("rows", "error", "key"),
        [
            ([], "bad_value", "order_limits"),
            ([ROW | {"help": 0}], "bad_value", "order_limits[1].help"),
            ([ROW | {"help": 1001}], "bad_value", "order_limits[1].help"),
            ([ROW | {"special": 0}], "bad_value", "order_limits[1].special"),
            ([ROW, ROW | {"from": FROM, "special_urgent": "0h"}], "bad_value", "order_limits[2].special_urgent"),
            ([ROW, ROW | {"from": FROM, "special_urgent": "soon"}], "bad_value", "order_limits[2].special_urgent"),
            ([ROW | {"from": FROM}, ROW | {"from": FROM}], "bad_value", "order_limits[2].from"),
            ([ROW, ROW], "missing_key", "order_limits[2].from"),
            ([ROW, {"inquiry": 3}], "missing_key", "order_limits[2].help"),
            ([ROW | {"help": "3"}], "wrong_type", "order_limits[1].help"),
            ([ROW | {"from": "2027-01-01"}], "wrong_type", "order_limits[1].from"),
            ([ROW, 3], "wrong_type", "order_limits[2]"),
            (ROW, "wrong_type", "order_limits"),
            (3, "wrong_type", "order_limits"),
        ],
    )
    def test_what_is_wrong_in_a_row_is_named_with_its_number(self, rows: Any, error: str, key: str) -> None:
        with pytest.raises(UsageError) as refused:
            parse({"order_limits": rows})
        assert (refused.value.key, refused.value.params["key"]) == (f"error.config_{error}", key)

    @pytest.mark.parametrize(
        ("mistyped", "near"),
        [("form", "order_limits.from"), ("helps", "order_limits.help"), ("due_soon_hours", "work.due_soon_hours")],
    )
    def test_an_unknown_key_in_a_row_is_named_with_the_nearest(self, mistyped: str, near: str) -> None:
        with pytest.raises(UsageError) as refused:
            parse({"order_limits": [ROW, ROW | {mistyped: 1}]})
        assert (refused.value.key, refused.value.params["near"]) == ("error.config_unknown_key", near)
        assert refused.value.params["key"] == f"order_limits[2].{mistyped}"


@given(st.from_regex(r"([0-9]{1,4}(\.[0-9]{1,3})? ?[smh]){1,3}", fullmatch=True))
def test_a_duration_is_the_sum_of_its_parts(text: str) -> None:
    compact = text.replace(" ", "")
    expected, number = 0.0, ""
    for char in compact:
        if char in "smh":
            expected += float(number) * {"s": 1, "m": 60, "h": 3600}[char]
            number = ""
        else:
            number += char
    assert duration(text) == pytest.approx(expected)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.times(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "url"]), inner, max_size=3),
    )
)
def test_whatever_stands_in_the_file_is_taken_or_named(value: Any) -> None:
    for key in ("platform", "language", "limits", "work", "order_limits"):
        try:
            parse({key: value})
        except UsageError as refused:
            assert refused.params["key"]


def test_the_file_is_looked_for_where_it_was_said_then_here_then_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, told, home = tmp_path / "said.toml", tmp_path / "told.toml", tmp_path / "home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.delenv("FLOORCTL_CONFIG", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert find() is None
    assert load() == Config()
    (home / "floorctl").mkdir(parents=True)
    (home / "floorctl" / "floorctl.toml").write_text('language = "en"', "utf-8")
    assert load().language == "en"
    Path("floorctl.toml").write_text('time_zone = "Asia/Urumqi"', "utf-8")
    assert find() == Path("floorctl.toml")
    monkeypatch.setenv("FLOORCTL_CONFIG", str(told))
    assert find() == told
    assert find(said) == said


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, "error.config_unreadable"),
        (b"[platform", "error.config_not_toml"),
        (b"\xff\xfe", "error.config_not_toml"),
        (b"a = 1\na = 2", "error.config_not_toml"),
        (b"\x00", "error.config_not_toml"),
        ("[平台]".encode(), "error.config_not_toml"),
        (b"[alerts]\nqueue_waiting = " + b"9" * 5000, "error.config_not_toml"),
        (b"x = " + b"[" * 5000 + b"]" * 5000, "error.config_not_toml"),
    ],
)
def test_a_file_that_can_not_be_read_is_named_with_the_reason(
    tmp_path: Path, content: bytes | None, error: str
) -> None:
    path = tmp_path / "floorctl.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        load(path)
    assert refused.value.key == error
    assert refused.value.params["path"] == path


def test_the_data_folder_is_the_files_else_the_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOORCTL_DATA_DIR", str(tmp_path / "env"))
    assert Config().data_dir == tmp_path / "env"
    own = Config(terminal=Terminal(data_dir="~/floor"))
    assert own.data_dir == Path("~/floor").expanduser()


def test_the_example_in_the_repository_is_the_defaults() -> None:
    text = (ROOT / "floorctl.toml").read_text("utf-8")
    config = load(ROOT / "floorctl.toml")
    differs = [key for key in KEYS if at(config, key) != at(Config(), key)]
    assert tomllib.loads(text)
    assert differs in ([], ["platform.url"])
