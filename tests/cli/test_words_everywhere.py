"""Every list of the commands, made of a floor full of odd cases: no id of the platform, no code of the contract."""

from pathlib import Path

import pytest

from tests.cli.conftest import Awkward
from tests.cli.shell import Shell
from tests.internal_words import internal_words

LISTS = (
    "status", "seats", "queues", "orders --limit 0", "orders --to-dispatch", "orders --search 51", "alerts",
    "alerts --state open,acknowledged,closed", "outbox", "audit --all", "undo", "whoami", "doctor",
    "inspect list", "inspect show 1", "inspect show 2", "inspect show 11-23/1", "inspect next", "inspect scores",
    "inspect progress", "inspect calibration", "inspect contested", "inspect results", "inspect plan",
    "assess", "assess year", "assess facts", "assess --explain training", "assess --explain major_incidents",
    "handover", "handover --format md", "order 000000000051", "order 000000000004",
        *(f"outbox show {n}" for n in range(1, 23)),
)  # fmt: skip
#: What says no: to something that is not there, to a word that is none of the known ones, to an act.
ERRORS = (
    "ack 999", "step 999 电话通知 --note x", "close 999 --note x", "assess remove 999 --reason x", "outbox show 999",
    "outbox retry 999", "outbox drop 999 --reason x", "undo 999", "order 999", "skills 51 no-such", "skills 999 12345",
    "inspect show 999", "inspect resolve 999 --keep first --reason x", "handover done 999", "assess --explain no-such",
    "orders --department no-such", "dispatch 000000000051 no-such", "urge 999", "close 1 --note x", "listen 51 no-such",
    "seat-state 51 no-such", "assess record no-such", "inspect appeal 999 --reason x", "inspect decide 999 --uphold",
    "alerts --sort no-such", "outbox --state no-such", "step 1 no-such --note x", "review 000000000051",
    "callback 000000000051 reached", "platform serve --port 99999", "demo --speed 0",
)  # fmt: skip


@pytest.mark.parametrize("lines", [LISTS, ERRORS], ids=["lists", "errors"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_command_shows_an_id_or_a_code(
    awkward: Awkward, tmp_path: Path, language: str, lines: tuple[str, ...]
) -> None:
    shell = Shell(tmp_path, "http://127.0.0.1:9", data=awkward.data)
    found: dict[str, list[str]] = {}
    for line in lines:
        ended = shell(*line.split(), "--lang", language, env={"COLUMNS": "300"})
        said = f"{ended.stdout}\n{ended.stderr}"
        typed = {part for each in line.split()[1:] for part in (each, each.strip("-"))}
        if odd := internal_words(said, language, awkward.ids) - typed:
            found[line] = [*sorted(odd), *(each for each in said.splitlines() if any(word in each for word in odd))]
    assert found == {}, "\n".join(f"{line}: {odd[:14]}" for line, odd in found.items())
