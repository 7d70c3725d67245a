"""What a shell is offered at the cursor: everything that fits there, from the cache alone, and never a trace."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from floorctl import config
from floorctl.cli import app
from floorctl.cli.completion import values
from floorctl.cli.completion.lines import SHELLS, bash_words, tokens
from floorctl.floor.terminal import open_terminal
from floorctl.i18n import t, term, use_language
from floorctl.models.orders import UNHANDLED, Order
from floorctl.sync.platform import wire
from floorctl.text.safe import visible
from tests.cli.shell import Shell
from tests.cli.test_documented import _commands
from tests.floor_access import cache_of
from tests.platforms import PlatformProcess
from tests.waiting import wait_until

#: Values that nobody can know before they are typed.
FREE = {"TEXT", "TIME", "DAY", "DATE", "YYYY-MM-DD", "HH:MM", "N", "X", "HOST", "SEED"}
#: In the journal, which completion does not open.
IN_THE_JOURNAL = {"COMMAND", "ID", "ITEM", "VIEW"}
#: What bash breaks words at, if nobody has changed it.
BREAKS = " \t\n\"'><=;|&(:"

Complete = Callable[..., dict[str, str]]


def complete(shell: Shell, *words: str, **env: str) -> dict[str, str]:
    """Each candidate for the last of ``words``, with its meaning."""
    ended = shell(*words, env={"_FLOORCTL_COMPLETE": "zsh", **env})
    assert (ended.returncode, ended.stderr) == (0, "")
    directive, *lines = ended.stdout.splitlines() or [""]
    assert directive in ("words", "open", "files", "")
    return {word: meaning for word, _, meaning in (line.partition("\t") for line in lines)}


def directive(shell: Shell, *words: str) -> str:
    return shell(*words, env={"_FLOORCTL_COMPLETE": "zsh"}).stdout.partition("\n")[0]


def state_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file in a folder, when it was changed, and what is in it."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# -- commands and options


def test_every_command_is_offered_with_the_first_line_of_its_help(shell: Shell) -> None:
    offered = complete(shell, "")
    use_language("en")
    for name, meaning in offered.items():
        assert t(f"cli.{name}.help").startswith(meaning.removesuffix("…")), name
    assert list(offered) == list(app.COMMANDS)
    assert list(complete(shell, "ou")) == ["outbox"]
    assert complete(shell, "no-such", "") == {}


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in _commands()])
def test_every_option_of_a_command_is_offered_and_nothing_else(name: str, command: Any, shell: Shell) -> None:
    long = {flag for each in command.params for flag in each.opts if flag.startswith("--")}
    assert set(complete(shell, *name.split(), "--")) == long | {"--help"}


def test_an_option_that_was_given_is_offered_again_only_where_it_may_be(shell: Shell) -> None:
    offered = complete(shell, "orders", "--overdue", "--state", "ready", "--")
    assert "--overdue" not in offered
    assert "--state" in offered


def test_a_family_offers_its_commands_and_what_its_usual_command_takes(synced: Shell) -> None:
    assert list(complete(synced, "outbox", "")) == ["list", "show", "retry", "drop"]
    offered = list(complete(synced, "assess", ""))
    assert offered[0] == synced.json("assess")["month"]
    assert offered[-5:] == ["show", "year", "facts", "record", "remove"]
    assert "--explain" in complete(synced, "assess", "--")
    assert "--explain" in complete(synced, "assess", "2026-11", "--")


def test_words_are_read_as_the_program_reads_them(synced: Shell) -> None:
    """General options stand anywhere, and an input method's dashes and letters are what was meant."""
    assert "ready" in complete(synced, "--json", "-q", "orders", "--state", "re")
    assert "ready" in complete(synced, "ｏｒｄｅｒｓ", "——state", "re")
    assert complete(synced, "orders", "--state=re").keys() >= {"--state=ready", "--state=received"}
    assert complete(synced, "orders", "--", "--") == {}
    assert complete(synced, "message", "02", "--text", "") == {}


# -- values


def test_it_is_known_of_every_parameter_what_it_may_be() -> None:
    """A new one belongs into ``floorctl.cli.completion.values``, or among those that nobody can know."""
    unknown = []
    for name, command in _commands():
        for each in command.params:
            if each.param_type_name == "option" and each.is_flag:
                continue
            metavar = (each.metavar or "").strip("[]")
            if values.source_of(each, ["orders"]) is None and metavar not in {values.FILE, *FREE, *IN_THE_JOURNAL}:
                unknown.append(f"{name}: {metavar} ({each.help})")
    assert unknown == []


def test_every_enumeration_has_values_and_each_help_is_of_a_parameter() -> None:
    helps = {each.help for _, command in _commands() for each in command.params}
    assert values.BY_HELP.keys() - helps == set()
    empty = [key for key, each in values.BY_HELP.items() if isinstance(each, values.Choice) and not each.values()]
    assert empty == []


def test_enumerated_values_have_their_words_beside_them_and_the_words_are_offered_where_they_are_typed(
    shell: Shell,
) -> None:
    offered = complete(shell, "seat-state", "02", "")
    use_language("en")
    assert offered == {state: term("seat_state", state) for state in ("ready", "not_ready", "signed_out")}
    assert complete(shell, "--lang", "zh", "seat-state", "02", "示") == {"示闲": "ready", "示忙": "not_ready"}
    assert list(complete(shell, "orders", "--sort", "-l")) == ["-latest", "-limit"]
    assert list(complete(shell, "--lang", "")) == ["zh-CN", "en"]
    assert list(complete(shell, "completion", "")) == list(SHELLS)


def test_a_list_goes_on_behind_its_comma_without_what_is_in_it(shell: Shell) -> None:
    assert list(complete(shell, "orders", "--state", "ready,re")) == [
        "ready,received",
        "ready,review",
        "ready,returned",
    ]
    assert list(complete(shell, "orders", "--state", "ready", "--state", "re")) == ["received", "review", "returned"]


def test_the_states_of_an_export_are_those_of_what_is_exported(shell: Shell) -> None:
    assert "talking" in complete(shell, "export", "seats", "x.csv", "--state", "")
    assert "refused" in complete(shell, "export", "outbox", "x.csv", "--state", "")
    assert complete(shell, "export", "queues", "x.csv", "--state", "") == {}


def test_orders_are_offered_as_the_list_has_them_the_most_urgent_first(synced: Shell) -> None:
    offered = complete(synced, "order", "")
    listed = synced.json("orders", "--limit", str(values.MOST))["items"]
    assert list(offered) == [item["number"] for item in listed]
    assert [item["title"] in offered[item["number"]] for item in listed] == [True] * len(listed)
    late = [item["number"] for item in listed if item["overdue"]]
    assert late
    assert [number for number, meaning in offered.items() if "overdue" in meaning] == late
    assert list(complete(synced, "handover", "note", "x", "--order", "")) == list(offered)


def test_the_beginning_of_a_number_narrows_the_orders_also_to_those_of_long_ago(synced: Shell) -> None:
    every = synced.json("orders", "--limit", "0", "--sort", "number")["items"]
    for item in (every[0], every[-1]):
        beginning = item["number"][:8]
        fitting = {each["number"] for each in every if each["number"].startswith(beginning)}
        assert len(fitting) <= values.MOST
        assert set(complete(synced, "order", beginning)) == fitting
        assert list(complete(synced, "order", item["number"])) == [item["number"]]
    assert complete(synced, "order", "x") == {}


def test_each_act_is_offered_the_orders_that_it_is_for(synced: Shell) -> None:
    by_number = {item["number"]: item for item in synced.json("orders", "--limit", "0")["items"]}
    assert {by_number[number]["state"] for number in complete(synced, "urge", "")} <= UNHANDLED
    to_dispatch = [item["number"] for item in synced.json("orders", "--to-dispatch")["items"]]
    assert list(complete(synced, "dispatch", "")) == to_dispatch[: values.MOST]
    to_call_back = {item["number"] for item in synced.json("orders", "--to-call-back", "--limit", "0")["items"]}
    assert set(complete(synced, "callback", "")) <= to_call_back
    first, second = list(complete(synced, "urge", ""))[:2]
    assert next(iter(complete(synced, "urge", first, ""))) == second
    assert list(complete(synced, "urge", first, first))[:1] == []
    closed = next(number for number, item in by_number.items() if item["state"] == "closed")
    assert list(complete(synced, "urge", closed)) == [closed], "typed in full, it is meant"


def test_things_of_the_floor_are_offered_by_the_names_that_their_commands_take(synced: Shell) -> None:
    seats = synced.json("seats")["items"]
    offered = complete(synced, "skills", "")
    assert list(offered) == [item["number"] for item in seats]
    assert [(item["person_name"] or "") in offered[item["number"]] for item in seats] == [True] * len(seats)
    assert set(complete(synced, "skills", "02", "")) == {item["line"] for item in synced.json("queues")["items"]}
    assert set(complete(synced, "seats", "--zone", "")) == {item["zone"] for item in seats}
    departments = complete(synced, "orders", "--department", "")
    assert departments
    for name in departments:
        assert synced.json("orders", "--department", name, "--limit", "1") is not None
    alerts = synced.json("alerts")["items"]
    assert len(complete(synced, "ack", "")) == len(alerts) > 0
    samples = synced.json("inspect", "list")["items"]
    assert len([name for name in complete(synced, "inspect", "show", "") if name.isdigit()]) == len(samples)
    assert "open" in {directive(synced, "inspect", "score", "1", "--item", "")}
    items = complete(synced, "inspect", "score", "1", "--not-applicable", "")
    assert [f"{item}=" for item in items] == list(complete(synced, "inspect", "score", "1", "--item", ""))
    assert complete(synced, "pauses", "--team", "")
    assert complete(synced, "inspect", "scores", "--agent", "")
    assert complete(synced, "assess", "remove", "")


@pytest.mark.parametrize(("place", "kind"), [("ack", "alerts"), ("assess remove", "facts")])
def test_the_short_numbers_are_those_of_the_lists(synced: Shell, place: str, kind: str) -> None:
    listed = synced("alerts").stdout if kind == "alerts" else synced("assess", "facts", "--limit", "0").stdout
    assert all(re.search(rf"\b{number}\b", listed) for number in complete(synced, *place.split(), ""))


def test_where_a_file_is_wanted_the_shell_is_asked_for_one(synced: Shell) -> None:
    for words in (
        ("backup", ""),
        ("orders", "--config", ""),
        ("export", "orders", "a"),
        ("platform", "serve", "--data", ""),
    ):
        assert directive(synced, *words) == "files", words
    assert directive(synced, "assess", "--output=re") == "files --output="


# -- nothing else


def citizens(synced: Shell) -> Iterator[str]:
    with closing(open_terminal(config.load(synced.config))) as floor:
        for held in cache_of(floor).all("order").values():
            assert isinstance(held.value, Order)
            if (citizen := held.value.citizen) is not None:
                yield from filter(None, (citizen.phone, citizen.id_no))
                yield from [citizen.name] if citizen.name and len(citizen.name) > 2 else []


def test_no_citizen_is_named(synced: Shell) -> None:
    known = set(citizens(synced))
    assert len(known) > 100
    offered = "\n".join(
        synced(*words, "", env={"_FLOORCTL_COMPLETE": "zsh"}).stdout
        for words in (["order"], ["urge"], ["callback"], ["ack"], ["skills"], ["inspect", "show"], ["assess", "remove"])
    )
    people = set(complete(synced, "login", "--employee-no", "").values())
    assert {name for name in known if name in offered} - people == set()


def test_it_works_without_the_platform_and_leaves_the_disk_as_it_is(synced: Shell, tmp_path: Path) -> None:
    away = Shell(tmp_path / "away", "http://127.0.0.1:9", data=synced.data)
    before = state_of(away.folder)
    for words in (["urge", ""], ["ack", ""], ["orders", "--department", ""], ["inspect", "show", ""]):
        assert complete(away, *words)
    assert state_of(away.folder) == before


def test_beside_a_program_that_syncs_it_reads_what_is_new_and_changes_nothing(
    platform: PlatformProcess, another: Callable[[str], Shell]
) -> None:
    shell = another("supervisor")
    running = shell.start("sync")
    try:
        wait_until(lambda: shell.json("status")["live"], seconds=30)
        running.send_signal(signal.SIGSTOP)  # so that what changes is not its work
        before = state_of(shell.data)
        assert (shell.data / "cache.db-wal").stat().st_size > 0
        offered = complete(shell, "order", "")
        assert len(offered) == values.MOST
        assert state_of(shell.data) == before
        running.kill()
        running.wait()
        assert list(complete(shell, "order", "")) == list(offered), "it was killed, its log is still there"
        assert state_of(shell.data) == before
    finally:
        running.kill()
        running.wait()


def test_an_order_that_has_just_come_is_offered(synced: Shell, tmp_path: Path) -> None:
    """The cache's log is read with it, before anybody has written it into the file."""
    shell = Shell(tmp_path / "log", data=synced.data)
    with closing(open_terminal(config.load(shell.config))) as floor:
        put(floor, "department", "new", {"name": "新设的局", "level": "city"})
        assert "新设的局" in complete(shell, "orders", "--department", "新")
    assert "新设的局" in complete(shell, "orders", "--department", "新")


def put(floor: Any, kind: str, id_: str, data: dict[str, Any]) -> None:
    """Have the platform send one entity."""
    cache = cache_of(floor)
    assert cache.server_time is not None
    change = msgspec.json.encode({"kind": kind, "id": id_, "version": 1, "deleted": False, "data": data})
    cache.apply(
        wire.Page(changes=(msgspec.Raw(change),), next=str(cache.cursor), more=False, server_time=cache.server_time)
    )


def test_what_does_not_show_is_left_out_of_words_and_spelled_out_in_their_meaning(
    synced: Shell, tmp_path: Path
) -> None:
    shell = Shell(tmp_path / "hostile", data=synced.data)
    title = "\x1b[31mred\x07 `id` $(id)\u202e"
    order = {
        "number": "99000001", "line": "12345", "channel": "phone", "type": "help", "urgency": "normal",
        "state": "received", "title": title, "received_at": "2026-11-25T03:00:00Z",
    }  # fmt: skip
    with closing(open_terminal(config.load(shell.config))) as floor:
        put(floor, "department", "escape", {"name": "坏\x1b]0;x\x07名", "level": "city"})
        put(floor, "department", "quote", {"name": 'O\'Neil "$(id)" 局', "level": "city"})
        put(floor, "order", "hostile", order)
    for asks in SHELLS:
        for words in (["orders", "--department", ""], ["order", "9900"]):
            line = [f"floorctl {' '.join(words)}", BREAKS] if asks == "bash" else words
            answered = shell(*line, env={"_FLOORCTL_COMPLETE": asks}).stdout
            assert all(visible(each) == each for each in answered.replace("\t", "").splitlines()), asks
    assert complete(shell, "order", "9900") == {"99000001": "␛[31mred␇ `id` $(id)<202E>"}
    assert [name for name in complete(shell, "orders", "--department", "") if "名" in name] == []
    assert list(complete(shell, "orders", "--department", "O")) == ['O\'Neil "$(id)" 局']


def place(text: str, name: str = "data.key.place") -> Callable[[Path], object]:
    return lambda data: (data / name).write_text(text)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: (data / "cache.db").unlink(), id="no cache"),
        pytest.param(lambda data: (data / "cache.db").write_bytes(os.urandom(32768)), id="a damaged cache"),
        pytest.param(lambda data: (data / "data.key").unlink(), id="no key"),
        pytest.param(lambda data: (data / "data.key").write_text("00" * 32), id="another key"),
        pytest.param(lambda data: (data / "data.key.place").unlink(), id="nobody knows where the key is"),
        pytest.param(place(f"passphrase\n{'0' * 32}\n{'0' * 32}\n"), id="a passphrase"),
        pytest.param(place(f"keyring\n{'0' * 32}\n"), id="a keyring"),
        pytest.param(place(f"file\n{'0' * 32}\n", "data.key.next-place"), id="a key that is being changed"),
        pytest.param(lambda data: (data.parent / "floorctl.toml").write_text("language = 7"), id="wrong configuration"),
    ],
)
def test_where_there_is_nothing_to_read_nothing_is_offered_asked_said_or_changed(
    damage: Callable[[Path], object], synced: Shell, tmp_path: Path
) -> None:
    shell = Shell(tmp_path / "damaged", data=synced.data)
    damage(shell.data)
    before = state_of(shell.folder)
    ended = shell.process("order", "", env={"_FLOORCTL_COMPLETE": "fish"})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "words\n", "")
    assert complete(shell, "seat-state", "02", "r"), "what needs no cache is still offered"
    assert state_of(shell.folder) == before


def test_a_terminal_that_was_never_used_stays_so(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "new")
    assert complete(shell, "order", "") == {}
    assert not shell.data.exists()


def test_a_disk_that_does_not_answer_is_not_waited_for(synced: Shell, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "hanging", data=synced.data)
    (shell.data / "data.key").unlink()
    os.mkfifo(shell.data / "data.key")  # whoever reads it waits until somebody writes
    began = time.monotonic()
    ended = shell.process("order", "", env={"_FLOORCTL_COMPLETE": "zsh"})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "words", [["order", "\udcff"], ["\udcff", ""], [], ["--lang"], ["--config", "/dev/zero", "order", ""]]
)
@pytest.mark.parametrize("asks", [*SHELLS, "tcsh"])
def test_no_line_is_an_error(asks: str, words: list[str], shell: Shell) -> None:
    ended = shell.process(*words, env={"_FLOORCTL_COMPLETE": asks})
    assert (ended.returncode, ended.stderr) == (0, "")


def test_in_a_locale_without_the_characters_the_rest_is_offered(shell: Shell) -> None:
    ended = shell.process("seat-state", "02", "", env={"_FLOORCTL_COMPLETE": "zsh", "PYTHONIOENCODING": "ascii"})
    assert ended.stdout.splitlines()[1:] == ["ready\tReady", "not_ready\tNot ready", "signed_out\tSigned out"]
    chinese = shell.process("--lang", "zh", "ou", env={"_FLOORCTL_COMPLETE": "zsh", "PYTHONIOENCODING": "ascii"})
    assert chinese.stdout.splitlines()[1:] == ["outbox"]


# -- the line of bash


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("floorctl", ["floorctl"]),
        ("floorctl ", ["floorctl", ""]),
        ("floorctl  orders --state=re", ["floorctl", "orders", "--state=re"]),
        (r"floorctl a\ b 'c d' \"e\ f", ["floorctl", "a b", "c d", '"e f']),
        ("floorctl \"O'Ne", ["floorctl", "O'Ne"]),
        ("floorctl 'a\"b", ["floorctl", 'a"b']),
        ("floorctl 市\\", ["floorctl", "市"]),
        ('floorctl "a\\"b\\c', ["floorctl", 'a"b\\c']),
    ],
)
def test_a_line_is_read_as_bash_reads_it(line: str, words: list[str]) -> None:
    assert [token.text for token in tokens(line)] == words


@pytest.mark.parametrize(
    ("line", "put_in"),
    [
        ("f ", r"a\ b\"c\$d=市"),
        ("f a", r"a\ b\"c\$d=市"),
        (r"f a\ b", r"a\ b\"c\$d=市"),
        ('f "a', r"a b\"c\$d=市"),
        ("f 'a", 'a b"c$d=市'),
        (r"f a\ b\"c\$d=", "市"),
        ('f x"a', None),
    ],
)
def test_bash_is_given_what_stands_behind_its_last_break_as_it_must_be_written_there(
    line: str, put_in: str | None
) -> None:
    assert list(bash_words(line, BREAKS, ['a b"c$d=市'])) == ([] if put_in is None else [put_in])


def test_behind_a_redirection_stands_a_file(shell: Shell) -> None:
    for line in ("floorctl orders > ", "floorctl orders 2>> e", "floorctl orders < x"):
        assert shell(line, BREAKS, env={"_FLOORCTL_COMPLETE": "bash"}).stdout == "files\n"


def test_the_program_itself_prints_the_scripts(shell: Shell) -> None:
    for name in SHELLS:
        ended = shell("completion", name)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert f"_FLOORCTL_COMPLETE{' ' if name == 'fish' else '='}{name}" in ended.stdout
        assert "\t" not in ended.stdout
        assert ended.stdout.isascii()
    assert shell("completion", "tcsh").returncode == 2


def test_behind_an_orders_number_what_can_be_done_with_it_is_offered(shell: Shell) -> None:
    acts = {"show", "return", "extend", "confer", "redo", "link", "unlink"}
    assert acts <= set(complete(shell, "order", "20260305", ""))
    assert set(complete(shell, "order", "20260305", "ret")) == {"return"}
    assert {"--uphold", "--send-back"} <= set(complete(shell, "order", "20260305", "return", "--"))
    assert complete(shell, "order", "20260305", "return", "20") == {}, "its number stands before it"
