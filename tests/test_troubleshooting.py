"""Whatever ``doctor`` says stands in the page that explains it, in both languages."""

import ast
import re
from pathlib import Path

import pytest

from tests.catalogues import texts

ROOT = Path(__file__).parents[1]
PAGES = {"en": ROOT / "docs/troubleshooting.md", "zh-CN": ROOT / "docs/troubleshooting.zh-CN.md"}
#: Where the errors come from that a check of ``doctor`` passes on: configuration, key, databases, platform.
SOURCES = (
    "config", "address", "files/text", "sync/keys/keys", "sync/keys/data_key", "sync/keys/keyring", "sync/sqlite",
    "sync/opening", "sync/cache/file", "sync/journal/file", "sync/platform/client", "sync/platform/errors",
    "sync/platform/trust", "sync/platform/route", "sync/locks", "sync/machine",
)  # fmt: skip
#: How the rows begin that no sentence of the program is: what is seen on the terminal, and what Python says.
SEEN = {
    "en": (
        "The shell shows nothing", "Rows and boxes", "`<20BB7>`", "`—?`", "The terminal is locked in the morning",
        "The first key after a break", "Fatal Python error",
    ),
    "zh-CN": (
        "命令行不显示", "行和边框错位", "文字里出现 `<20BB7>`", "数字的位置显示 `—?`", "早上打开合上的电脑",
        "休息之后按第一个键", "Fatal Python error",
    ),
}  # fmt: skip
#: What ``doctor`` calls its checks and itself; no sentences.
NAMES = re.compile(r"cli\.doctor\.[a-z_]+")


def keys() -> set[str]:
    """The keys of all that ``doctor`` can say."""
    known = texts("en")
    said = {key for key in known if key.startswith("cli.doctor.") and not NAMES.fullmatch(key)}
    for source in SOURCES:
        for node in ast.walk(ast.parse((ROOT / "floorctl" / f"{source}.py").read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("error."):
                # Of a key that is put together, the sentences that begin with what is written there.
                said |= {node.value} if node.value in known else {key for key in known if key.startswith(node.value)}
    return said


def as_documented(text: str) -> str:
    """A sentence with … for each value that it names, and words that a number chooses among as for many."""
    return re.sub(r"\{[^{}]*\}", "…", re.sub(r"\{\w+:[^{}|]*\|([^{}|]*)\}", r"\1", text))


@pytest.mark.parametrize("language", PAGES)
def test_every_sentence_of_doctor_is_explained(language: str) -> None:
    catalogue, page = texts(language), PAGES[language].read_text("utf-8")
    rows = {cells[1].strip(): cells for line in page.splitlines() if len(cells := line.split("|")) == 5}
    for key in sorted(keys()):
        for sentence in map(as_documented, catalogue[key].splitlines()):
            assert sentence in rows, (key, sentence)
            assert all(cell.strip() for cell in rows[sentence][2:4]), f"{key}: why, and what to do?"


@pytest.mark.parametrize("language", PAGES)
def test_every_other_row_is_a_sentence_that_is_said_or_something_seen(language: str) -> None:
    said = {as_documented(line) for text in texts(language).values() for line in text.splitlines()}
    rows = [line.split("|") for line in PAGES[language].read_text("utf-8").splitlines() if line.startswith("| ")]
    titles = ("what you see", "what it says", "看到什么", "它说什么")
    stale = [cells[1].strip() for cells in rows if cells[1].strip() not in said | {*titles}]
    assert [row for row in stale if not row.startswith(SEEN[language])] == []


def test_both_languages_have_the_same_parts() -> None:
    parts = [re.findall(r"^#+", page.read_text("utf-8"), re.M) for page in PAGES.values()]
    assert parts[0] == parts[1]
