"""The table of command kinds in the packaged contract, for the tests that compare with it."""

import re
from importlib import resources
from typing import NamedTuple

from floorctl.rules.commands import registry

LETTERS = {"S": "supervisor", "L": "shift_lead", "I": "inspector", "E": "editor"}
#: Kinds of 1.1 that this release does not send: its platform answers them as one that does not know them.
LATER = frozenset({
    "seat.help", "absence.record", "absence.remove", "surge.review", "article.save", "article.verify",
    "correction.send", "correction.urge", "course.save", "course.record", "course.close", "course.cancel",
    "coaching.open", "coaching.close", "candidate.save", "candidate.move", "device.state", "safety.check", "safety.fix",
    "award.record", "award.remove",
})  # fmt: skip
#: Kinds of entities of 1.1 that this release ignores in the feed.
LATER_ENTITIES = frozenset({
    "agent_day", "absence", "search_term", "course", "coaching", "candidate", "device", "safety_check", "award",
})  # fmt: skip


class Row(NamedTuple):
    """A row of the contract's table. ``base``: yes, or no."""

    roles: frozenset[str]
    data: str
    base: str


def _rows() -> dict[str, Row]:
    text = (resources.files("floorctl") / "data" / "openapi.yaml").read_text("utf-8")
    found = re.findall(r"^ +\| ([a-z_]+\.[a-z]+) \| ([SLIE ]+) \| ([^|]*)\| (yes|no)[^|]*\|", text, flags=re.MULTILINE)
    rows: dict[str, Row] = {}
    for kind, letters, data, base in found:
        # A kind of version 1 that 1.1 adds to stands twice: the first row is what every platform takes.
        rows.setdefault(kind, Row(frozenset(LETTERS[letter] for letter in letters.split()), data, base))
    return rows


#: Every kind of the contract.
ALL = _rows()
#: The kinds that this release declares.
CONTRACT = {kind: row for kind, row in ALL.items() if kind not in LATER}
SINCE_1_1 = {kind.name for kind in registry.kinds() if kind.since == "1.1"}
