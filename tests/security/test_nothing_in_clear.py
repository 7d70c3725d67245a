"""A whole session leaves nothing in clear: not in the data folder, not in logs, not in what the terminal was sent."""

import random
import re
import sys
from collections import defaultdict
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from floorctl.errors import FloorctlError
from floorctl.models.orders import Citizen
from floorctl.sync.opening import connect
from tests.cli.shell import Shell
from tests.screens.on_terminal import on_terminal, paint
from tests.security.conftest import PASSWORDS
from tests.simulator.running import NOW, Running, sent_order

PEOPLE = 500
#: Characters that no other text of the program or of the small floor has.
FAMILY, GIVEN = "鄢鄯酆郗郏鄄邴郇郄郅", "彧頔翀赟犇骉淼焱垚鑫"


def _seeded() -> list[Citizen]:
    dice = random.Random(5)
    people = []
    for n in range(PEOPLE):
        born = f"{dice.randint(1950, 2005)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
        people.append(
            Citizen(
                name=dice.choice(FAMILY) + dice.choice(GIVEN) + GIVEN[n % 10],
                phone=f"1{dice.choice('3578')}{dice.randint(0, 9)}{10_000_000 + n * 137:08}",
                id_no=f"5101{dice.randint(0, 9)}{dice.randint(1, 9)}{born}{n:03}X",
                address=f"人民南路{n + 3}号{n % 9 + 1}栋{1000 + n}室",
            )
        )
    return people


@pytest.fixture
def seeded(small: Running) -> list[Citizen]:
    people = _seeded()
    with small.store.transaction() as changing:
        for n, citizen in enumerate(people):
            entity = sent_order(n, due_at=NOW - timedelta(hours=n))
            text = f"来电人{citizen.phone}，身份证{citizen.id_no}，反映路灯不亮"
            entity = msgspec.structs.replace(entity, citizen=citizen, content=text, title=f"请回电{citizen.phone}")
            changing.put("order", f"o-{n}", entity)
    return people


def _session(shell: Shell) -> bytes:
    """Do everything that a shift does at a terminal; return what was sent to the terminal."""
    number, password = PASSWORDS["supervisor"]
    said: list[str] = []

    def run(*arguments: str, stdin: str = "", code: int = 0) -> None:
        ended = shell(*arguments, stdin=stdin)
        assert ended.returncode == code, ended.stderr
        said.extend((ended.stdout, ended.stderr))

    run("login", "--employee-no", number, "--password-stdin", stdin=password + "x\n", code=5)
    run("login", "--employee-no", number, "--password-stdin", stdin=password + "\n")
    run("sync", "--once")
    env = shell.environment(LC_ALL="C.UTF-8")
    with on_terminal(None, "--debug", size=(160, 50), wait_for="●", **env) as terminal:

        def press(*keys: str) -> None:
            for key in keys:
                terminal.press(key, pause=0)
                paint(terminal)

        for screen in "12345s":
            press(screen, "down", "enter", "pagedown", "escape")
        press("3")
        terminal.wait_for("请回电", seconds=60)
        press("down", "enter", "escape", "u", "y", "/", *"路灯", "enter", "escape")
        terminal.press("ctrl+l")
        terminal.wait_for("已锁定", seconds=30)
        terminal.press(*number, "enter", *(password + "x"), "enter")
        terminal.wait_for("不对", seconds=60)
        terminal.press(*password, "enter")
        terminal.wait_for(lambda text: "已锁定" not in text, seconds=60)
        press("s", "t")
        terminal.wait_for("审计记录完整", seconds=60)
        press("escape")
        terminal.press("ctrl+q")
        terminal.wait_for(lambda _: b"\x1b[?1049l" in terminal.raw)
        assert terminal.process.wait() == 0
        raw = bytes(terminal.raw)
    run("orders", "--limit", "0")
    run("orders", "--limit", "0", "--json")
    run("order", "000000000003")
    run("urge", "000000000004", "--note", "请尽快", code=0)
    run("outbox", "--limit", "0", "--json")
    run("alerts", "--json")
    run("audit", "--all", "--limit", "0", "--json")
    for form in ("csv", "xlsx", "json"):
        run("export", "orders", str(shell.folder / f"orders.{form}"))
    run("doctor")
    run("backup", str(shell.folder / "copy.db"))
    run("order", "nothing", "--debug", code=6)
    return raw + "".join(said).encode()


def any_of(words: set[bytes]) -> bytes:
    """Return a pattern that matches any of these words, grouped by their beginnings.

    Looking for thousands of them one after the other at each byte would take a minute.
    """
    if b"" in words:
        return b""
    ends: dict[bytes, set[bytes]] = defaultdict(set)
    for word in words:
        ends[word[:1]].add(word[1:])
    return b"(?:" + b"|".join(re.escape(first) + any_of(rest) for first, rest in sorted(ends.items())) + b")"


def test_what_is_looked_for_is_found() -> None:
    words = {each.encode() for each in ("鄢彧頔", "鄢彧翀", "鄯犇", "鄯犇翟", "13812345678", "13812345679")}
    pattern = re.compile(any_of(words))
    for each in words:
        assert pattern.search(b"." + each[:-1] + each + b".")
    for other in ("鄢彧", "鄯", "彧頔", "1381234567", "3812345678"):
        assert not pattern.search(f".{other}.".encode())


def test_a_scan_of_every_file_and_of_the_recording_finds_nobody(
    small: Running, seeded: list[Citizen], shell: Shell
) -> None:
    text = shell.config.read_text("utf-8").replace('url = ""', f'url = "{small.url}"').replace('"en"', '"zh-CN"')
    shell.config.write_text(text, "utf-8")
    recording = _session(shell)
    assert "请回电1".encode() in recording  # they were there to be seen, masked
    assert b"****" in recording
    secrets = {PASSWORDS["supervisor"][1]}
    for citizen in seeded:
        assert citizen.name and citizen.phone and citizen.id_no and citizen.address
        secrets |= {citizen.name, citizen.phone, citizen.id_no, citizen.address[4:]}
    wanted = re.compile(any_of({each.encode(code) for each in secrets for code in ("utf-8", "utf-16-le")}))
    files = [path for path in shell.folder.rglob("*") if path.is_file()]
    assert {"journal.db", "cache.db", "orders.csv"} <= {path.name for path in files}
    found = {path.name: match.group() for path in files if (match := wanted.search(path.read_bytes()))}
    assert not found
    match = wanted.search(recording)
    assert match is None, recording[match.start() - 200 : match.end() + 50] if match else ""


def test_without_the_key_the_files_do_not_open(small: Running, seeded: list[Citizen], shell: Shell) -> None:
    import sqlite3

    shell.config.write_text(shell.config.read_text("utf-8").replace('url = ""', f'url = "{small.url}"'), "utf-8")
    number, password = PASSWORDS["supervisor"]
    assert shell("login", "--employee-no", number, "--password-stdin", stdin=password).returncode == 0
    assert shell("sync", "--once").returncode == 0
    for name in ("journal.db", "cache.db"):
        with closing(sqlite3.connect(shell.data / name)) as db, pytest.raises(sqlite3.DatabaseError):
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with pytest.raises(FloorctlError):
            connect(shell.data / name, bytes(32), durable=name == "journal.db", readonly=True)
    (shell.data / "data.key").unlink()
    ended = shell("orders")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr


def test_neither_arguments_nor_core_files_tell_anything(shell: Shell) -> None:
    """The login takes its password from standard input alone, and a process that crashes leaves no core."""
    import subprocess

    ended = shell("login", "--password", "secret")
    assert ended.returncode == 2
    script = (
        "import resource\nfrom floorctl.process.core_dumps import no_core_file, not_dumpable\n"
        "no_core_file(); not_dumpable()\nprint(resource.getrlimit(resource.RLIMIT_CORE))\n"
        "import ctypes\nprint(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=shell.environment()
    )
    assert shown.stdout.split("\n")[:2] == ["(0, 0)", "0"]


def test_a_crash_of_the_cockpit_tells_where_and_nothing_of_the_data(tmp_path: Path) -> None:
    from floorctl.errors import stack

    def deep(phone: str) -> None:
        raise ValueError(f"no such caller {phone}")

    try:
        deep("138" + "12345678")
    except ValueError as error:
        said = stack(error)
    assert "ValueError" in said
    assert "test_nothing_in_clear.py" in said
    assert "13812345678" not in said
