"""Every hostile string in every text field of every kind at once, through all screens, commands and exports."""

import csv
import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.outbox_item import new_command_id
from floorctl.sync.platform import wire
from floorctl.text.safe import visible
from tests.cli.shell import Shell
from tests.scope import FULL
from tests.screens.on_terminal import on_terminal, paint, rung
from tests.simulator.running import GOOD, NOW, small_floor
from tests.sync.storage import change, open_cache, page

HOSTILE: list[str] = json.loads((Path(__file__).parents[1] / "data" / "hostile.json").read_text("utf-8"))
SHORT = [text for text in HOSTILE if len(text) <= 128]
NUMBERS = "13800138000 510104199001011234"
#: Joins emoji where it joins them; anywhere else it is spelled out.
JOINER = "\u200d"
KINDS = list(GOOD)
#: What a spreadsheet begins a formula with, and the categories of characters that nobody sees or that change others.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
#: Values that a decoder would turn down, or that decide which list a thing stands in.
KEPT = frozenset({"state", "since", "line", "number"})


def _hostile(value: Any, texts: Iterator[str], field: str = "") -> Any:
    if isinstance(value, str):
        if field in KEPT or _is_time(value):
            return value
        text = next(texts)
        # A phone number where an id belongs is an id.
        return "0" if text == NUMBERS and field.endswith(("id", "ids", "skills")) else text
    if isinstance(value, dict):
        return {name: _hostile(each, texts, name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_hostile(each, texts, field) for each in value]
    return value


def _is_time(text: str) -> bool:
    for kind in (datetime, date):
        try:
            kind.fromisoformat(text)
        except ValueError:
            continue
        return True
    return False


def _turn(start: int) -> Iterator[str]:
    at = start
    while True:
        yield HOSTILE[at % len(HOSTILE)]
        at += 1


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal whose cache and journal are full of hostile texts, with nobody signed in and no platform."""
    shell = Shell(tmp_path_factory.mktemp("hostile"), language="zh-CN")
    key = data_key(shell.data, "file")
    entities = list(small_floor())
    with closing(open_cache(shell.data, key)) as cache:
        for n in range(len(HOSTILE)):
            changes = []
            for kind, each, entity in entities:
                data = _hostile(msgspec.to_builtins(entity), _turn(n))
                if kind == "order":
                    data |= {
                        "number": f"{n:04}{each}",
                        "title": HOSTILE[n][:200],
                        "content": HOSTILE[n],
                        "citizen": dict.fromkeys(("name", "phone", "id_no", "address"), HOSTILE[n]),
                    }
                changes.append(change(kind, f"{each}-{n}", 1, data))
            cache.apply(page(*changes, cursor=f"c{n}"))
        while cache.index_some(500):
            pass
    with closing(Journal.open(shell.data / "journal.db", key)) as journal:
        for n, text in enumerate(HOSTILE):
            kind = KINDS[n % len(KINDS)]
            target, each, data = GOOD[kind]
            told = Command(
                id=new_command_id(),
                kind=kind,
                target=Ref(target, f"{each}-{n}"[:128]),
                made_at=NOW,
                data=_hostile(data, _turn(n)),
            )
            person = "0" if text == NUMBERS else text[:60]
            item = journal.append(told, by=person)
            if n % 3:
                journal.claim(item.id, None)
                problem = wire.Problem(
                    title=text, status=422, detail=text, errors=(wire.FieldError(field=text[:60], message=text),)
                )
                journal.park(item.id, "refused" if n % 2 else "conflict", problem)
            else:
                journal.drop(item.id, text, by=person)
            journal.audit("denied", who=person, subject=Ref(person[:20], person), detail={"why": text, text[:9]: text})
        now = NOW.timestamp() + 9e6
        for person in ("p-1001",):
            session = wire.Session(
                person_id=person,
                name="[bold]钱进[/]\x1b[31m",
                roles=("supervisor",),
                floor="\u202e四川",
                token="t",
                expires_at=datetime.fromtimestamp(now, NOW.tzinfo),
                server_time=NOW,
            )
            journal.save_session(session, platform="")
    return shell


def unseen(text: str) -> set[str]:
    from unicodedata import category

    return {char for char in text if category(char) in HIDDEN and char not in ("\n", JOINER)}


def test_every_command_shows_them_as_text(attacked: Shell) -> None:
    lines: list[list[str]] = [
        [name, *more, *form]
        for name, *more in (
            ["orders", "--limit", "0"], ["seats"], ["queues"], ["departments", "--from", "2020-01-01"],
            ["alerts", "--state", "open"],
            ["outbox", "--limit", "0"], ["audit", "--all", "--limit", "0"], ["status"], ["whoami"], ["doctor"],
        )
        for form in ([], ["--json"], ["--lang", "en"])
    ]  # fmt: skip
    lines += [["order", f"{n:04}o-open"] for n in range(0, len(HOSTILE), 1 if FULL else 3)]
    lines += [["orders", "--search", text, "--limit", "1"] for text in (HOSTILE if FULL else HOSTILE[1::3])]
    said = ""
    for line in lines:
        ended = attacked(*line)
        assert ended.returncode == 0 or (ended.returncode, line[0]) == (1, "doctor"), (line, ended.stderr)
        assert not unseen(ended.stdout), line
        assert not unseen(ended.stderr), line
        assert "13800138000" not in ended.stdout, line
        assert "510104199001011234" not in ended.stdout, line
        said += ended.stdout
    for shown in (
        "[bold red]x[/]",
        "{0.__class__}",
        "$(reboot)",
        "␛[31mred",
        "<202E>反转",
        "138****8000 5101**********1234",
    ):
        assert shown in said, shown


@pytest.mark.parametrize("what", ["orders", "departments", "seats", "queues", "alerts", "outbox", "audit"])
def test_exports_open_in_a_spreadsheet_as_text(attacked: Shell, what: str, tmp_path: Path) -> None:
    files = {form: tmp_path / f"out.{form}" for form in ("xlsx", "csv", "json")}
    for path in files.values():
        ended = attacked("export", what, str(path))
        assert ended.returncode == 0, ended.stderr
    items = json.loads(files["json"].read_text("utf-8"))
    from openpyxl import load_workbook

    sheet = load_workbook(files["xlsx"]).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    # Each export stands in the trail before it is made, so the next one has an entry more.
    more = {"xlsx": 2, "csv": 1} if what == "audit" else {"xlsx": 0, "csv": 0}
    assert sheet.max_row == len(items) + 1 - more["xlsx"]
    for cell in cells:
        assert cell.data_type in ("s", "n", "d"), cell.value
        assert cell.hyperlink is None
        if isinstance(cell.value, str):
            assert not unseen(cell.value)
    with files["csv"].open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == len(items) - more["csv"]
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            number = re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", cell)
            assert number or not cell.lstrip(" ").startswith(FORMULA), (name, cell)
    whole = files["csv"].read_text("utf-8") + files["json"].read_text("utf-8")
    assert "13800138000" not in whole
    if what == "orders":
        titles = {cell for row in rows for name, cell in zip(header, row, strict=True) if name == "标题"}
        for text in ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)"):
            assert f"'{text}" in titles
        values = {cell.value for cell in cells}
        assert {"=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", visible("\x1b[31mred")} <= values
    assert files["csv"].stat().st_mode & 0o777 == 0o600


def test_no_style_and_no_escape_of_theirs_reaches_the_terminal(attacked: Shell) -> None:
    """In a real terminal, on the bytes that the cockpit writes to it."""
    text = attacked.config.read_text("utf-8").replace('key = "file"', 'key = "file"\nlock_after = "0s"')
    attacked.config.write_text(text, "utf-8")
    env = attacked.environment(LC_ALL="C.UTF-8")
    seen: list[str] = []
    with on_terminal(None, size=(160, 50), wait_for="现场", **env) as terminal:

        def press(key: str) -> None:
            terminal.press(key, pause=0)
            paint(terminal)
            seen.append(terminal.text())

        for screen, mark in (("1", "现场"), ("2", "队列"), ("3", "工单"), ("4", "预警"), ("s", "同步")):
            press(screen)
            terminal.wait_for(rf"^ *{mark}", seconds=60)
            for key in ("pagedown", "down", "enter", "pagedown", "escape", "pagedown", "end", "enter", "escape"):
                press(key)
        press("t")
        seen.append(terminal.wait_for("审计记录完整", seconds=60))
        for key in (*["pagedown"] * 6, "escape", "ctrl+p", "escape", "?", "escape"):
            press(key)
        assert terminal.process.isalive()
        terminal.press("ctrl+q")
        terminal.wait_for(lambda _: b"\x1b[?1049l" in terminal.raw)
        assert terminal.process.wait() == 0
        raw, rings = bytes(terminal.raw), rung(terminal)
    # Every bell was asked for, so that none is theirs; they stand side by side where a key changed nothing.
    assert rings == len(seen) - 1, "the trail is looked at once without a key"
    written = raw.decode("utf-8", "replace").replace("\a", "")
    for hostile in (each.replace("\a", "") for each in HOSTILE):
        if re.search(r"[\x1b\x9b]", hostile):
            assert hostile not in written, hostile
    for char in "\x9b\u202e\u2066\u2069\u200b\ufeff\U000e0001\u2028\u2029\x00\x08\x7f":
        assert char not in written, hex(ord(char))
    # What the terminal is told besides colours and places: only what the cockpit itself says when it comes and goes.
    assert not re.search(rb"\x1b\]8;|\x1b\]52;|\x1bP1\$r|\x1b\]0;title", raw)
    assert "\x1b[31mred" not in written
    for shown in ("[bold red]x[/]", "␛"):
        assert any(shown in picture for picture in seen), shown
    assert not [line for picture in seen for line in picture.splitlines() if "13800138000" in line]
    assert "510104199001011234" not in written
