"""The handover at the shell: shown in four forms, written to, ticked off, refused to whom it is not for."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from floorctl.rules.handover.unfinished import GROUPS, LEFT_OUT
from tests.cli.shell import Shell
from tests.platforms import PlatformProcess, Platforms


@pytest.fixture
def unsigned(platforms: Platforms, tmp_path: Path) -> Iterator[Shell]:
    """A terminal at a platform of its own, on which nobody has signed for the shift."""
    with platforms() as platform:
        shell = Shell(tmp_path / "terminal", platform.url)
        shell.sign_in(platform)
        shell.sync()
        yield shell


def test_it_is_shown_as_text_markdown_json_and_a_page_to_print(synced: Shell) -> None:
    document = synced.json("handover")
    assert (document["from_shift"], document["to_shift"], document["state"]) == ("morning", "evening", "open")
    assert [line["line"] for line in document["figures"]["calls"]] == ["12345", "12333", "12320", None]
    offered = document["figures"]["calls"][-1]["offered"]
    assert offered == sum(line["offered"] for line in document["figures"]["calls"][:-1])
    assert {item["why"] for item in document["items"]} >= {"order"}
    text = synced("handover").stdout
    assert "Calls" in text
    assert all(item["text"] in text for item in document["items"])
    md = synced("handover", "--format", "md").stdout
    assert md.startswith("# ")
    assert md.count("- [ ]") + md.count("- [x]") == len(document["items"])
    page = synced("handover", "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert json.loads(synced("handover", "show", "--format", "json").stdout)["id"] == document["id"]


def test_what_only_spaces_keep_apart_on_a_terminal_stays_apart_on_a_page(synced: Shell) -> None:
    text = synced("handover").stdout
    figures = next(line.strip() for line in text.splitlines() if " called back" in line)
    label, *parts = re.split(" {2,}", figures)
    assert len(parts) == 3
    for form in ("md", "html"):
        shown = synced("handover", "--format", form).stdout
        assert " · ".join(parts) in shown, form
        assert not re.search(r"[^\s|] {2,}\S", shown.split("<body>")[-1]), form
    assert label in shown


def test_what_people_wrote_is_text_in_every_form(synced: Shell) -> None:
    hostile = "<script>alert(1)</script> [x](javascript:1) \x1b[31m\u202e | `rm` ~~gone~~ 13812345678"
    assert synced("handover", "note", hostile).returncode == 0
    page = synced("handover", "--format", "html").stdout
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    md = synced("handover", "--format", "md").stdout
    assert "[x](javascript" not in md
    assert "~~" not in md, "nothing of it is struck through"
    for form in ("text", "md", "html", "json"):
        shown = synced("handover", "--format", form).stdout
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "13812345678" in shown, "staff wrote it for staff"


def test_a_note_is_about_an_order_and_is_ticked_off_by_its_number(synced: Shell, platform: PlatformProcess) -> None:
    order = synced.json("orders", "--limit", "1")["items"][0]
    assert synced("handover", "note", "call them at four", "--order", order["number"]).returncode == 0
    assert synced("sync", "--once").returncode == 0
    items = synced.json("handover")["items"]
    at, item = next((at, each) for at, each in enumerate(items, 1) if each["text"] == "call them at four")
    assert item["ref"] == {"kind": "order", "id": order["id"]}
    for form in ("text", "md", "html"):
        line = next(each for each in synced("handover", "--format", form).stdout.splitlines() if "at four" in each)
        assert order["number"] in line
    assert synced("handover", "done", str(at)).returncode == 0
    (held,) = [
        change["data"]
        for (kind, _), change in platform.snapshot("handover")[0].items()
        if kind == "handover" and any(each["text"] == "call them at four" for each in change["data"]["items"])
    ]
    assert next(each["done"] for each in held["items"] if each["text"] == "call them at four")
    assert synced("handover", "done", item["id"], "--undo").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("done", "999"), 6, "999"),
        (("note", "x", "--order", "nothing"), 6, "nothing"),
        (("note", "  "), 4, "Error"),
        (("take",), 4, "has not been given"),
        (("take", "--password-stdin"), 2, "--employee-no"),
        (("give", "--day", "tomorrow"), 2, "--day"),
        (("give",), 4, "--reason"),
        (("withdraw", "--reason", "x"), 4, "has not been given"),
        (("give", "--shift", "evening"), 4, "not begun"),
        (("show", "--format", "pdf"), 2, "--format"),
        (("show", "--shift", "noon"), 2, "--shift"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_exit_code(
    synced: Shell, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ended = synced("handover", *arguments)
    assert ended.returncode == code, ended.stderr
    assert says in ended.stderr


def test_every_form_has_what_stands_now_and_the_table_of_the_calls_open_and_signed(unsigned: Shell) -> None:
    _has_what_stands_now(unsigned, "open")
    assert unsigned("handover", "give", "--reason", "meeting").returncode == 0
    _has_what_stands_now(unsigned, "given")


def _has_what_stands_now(shell: Shell, state: str) -> None:
    document = shell.json("handover")
    assert document["state"] == state
    overdue = document["figures"]["unfinished"]["overdue"]
    assert set(document["figures"]["unfinished"]) | LEFT_OUT == {"at", *GROUPS}
    assert len(overdue["first"]) == min(overdue["n"], 10)
    for form, table in (("text", "All lines"), ("md", "| ---: |"), ("html", '<table class="numbers">')):
        shown = shell("handover", "--format", form).stdout
        assert "Open at this moment" in shown, (state, form)
        assert "Overdue orders" in shown, (state, form)
        assert table in shown, (state, form)
        numbers = next(line for line in shown.splitlines() if "12345" in line and "%" in line)
        assert str(document["figures"]["calls"][0]["offered"]) in numbers, (state, form)


def test_an_early_signature_says_why_and_is_taken_back_as_far_as_the_platform_lets_it(unsigned: Shell) -> None:
    given = unsigned("handover", "give", "--reason", "called to a meeting")
    assert given.returncode == 0, given.stderr
    assert "called to a meeting" in unsigned("handover").stdout
    late = unsigned("handover", "note", "one more thing")
    assert late.returncode == 0, late.stderr
    assert "instead" in late.stderr
    evening = unsigned.json("handover", "show", "--shift", "evening")
    assert "one more thing" in [item["text"] for item in evening["items"]]
    taken_back = unsigned("handover", "withdraw", "--reason", "wrong shift")
    assert taken_back.returncode == 0, taken_back.stderr
    assert "keeps the signature" in taken_back.stderr
    assert "wrong shift" in unsigned.json("handover")["withdrawn"]
    assert unsigned("handover", "withdraw", "--reason", "twice").returncode == 4
    anew = unsigned("handover", "give", "--reason", "now in earnest")
    assert anew.returncode == 0, anew.stderr
    signed = unsigned.json("handover", "show", "--shift", "morning")
    assert (signed["state"], signed["withdrawn"]) == ("given", None)
    assert "now in earnest" in signed["summary"]


def test_a_viewer_may_look_and_nothing_else(another: Callable[[str], Shell]) -> None:
    viewer = another("viewer")
    assert viewer.json("handover")["figures"]["quality"] is None
    for act in (("note", "x"), ("done", "1"), ("give",), ("take",), ("withdraw", "--reason", "x")):
        assert viewer("handover", *act).returncode == 5


def test_only_the_cockpit_takes_the_options_of_the_wall_display(synced: Shell) -> None:
    for arguments in (("--read-only", "orders"), ("--cycle", "20s"), ("--read-only", "--cycle", "1s")):
        assert synced(*arguments).returncode == 2
