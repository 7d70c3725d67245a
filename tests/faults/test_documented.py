"""docs/reliability*.md name every fault of the design, each with tests that exist; no test of the bench is missing."""

import re
from pathlib import Path

import pytest

from tools.faults.table import ROOT, Fault, faults

PAGES = ("docs/reliability.md", "docs/reliability.zh-CN.md")
#: A word of each fault that the design asks for, in the order of the page.
LISTED = {
    "Process": "kill order SIGSTOP SIGHUP cockpits 20 lock migration schema clock zone suspend",
    "Disk": "journal caching read-only truncated damaged WAL beside open put links key 1,000,000 permission home "
    "recording",
    "Network": "refused unreachable DNS reset half-open byte 50 lost duplicate proxy captive TLS 500 flapping latency",
    "Platform": "401 403 410 429 500 503 JSON NaN null unknown back ends 200 tombstone flood backup empty",
    "Text": "fields search note file",
    "Terminal": "absent full pipe still UTF-8 mouse CONT shell full-width ambiguous",
    "People": "password mashing resize paste twice row sample",
}


def test_every_fault_of_the_design_is_in_the_table() -> None:
    found = faults(ROOT / PAGES[0])
    told: dict[str, list[str]] = {}
    for fault in found:
        told.setdefault(fault.family, []).append(fault.name)
    assert told.keys() == LISTED.keys()
    for family, words in LISTED.items():
        assert len(told[family]) == len(words.split())
        for word, name in zip(words.split(), told[family], strict=True):
            assert word in name, (family, word, name)


def test_both_languages_tell_the_same() -> None:
    english, chinese = (faults(ROOT / page) for page in PAGES)
    assert [fault.tests for fault in english] == [fault.tests for fault in chinese]


@pytest.mark.parametrize("fault", faults(ROOT / PAGES[0]), ids=lambda fault: fault.name)
def test_a_fault_is_tried_by_tests_that_exist(fault: Fault) -> None:
    assert fault.tests
    for test in fault.tests:
        path, *_, name = test.split("::")
        assert re.search(rf"^ *(async )?def {name}\b", (ROOT / path).read_text("utf-8"), flags=re.MULTILINE), test


def test_every_test_of_the_bench_is_in_the_table() -> None:
    told = {test for fault in faults(ROOT / PAGES[0]) for test in fault.tests}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.name == Path(__file__).name:
            continue
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), flags=re.MULTILINE):
            assert f"tests/faults/{path.name}::{name}" in told
