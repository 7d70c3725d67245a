"""What the simulated floor says in words is said as people write it: no id, no code."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from floorctl.simulator.seed.seed import seed_history
from tests.internal_words import internal_words
from tests.simulator.simulated_floor import TEN, floor

#: The fields that hold what a person has written, by kind.
WRITTEN = {
    "alert": {"title", "detail", "note"},
    "article": {"title", "body", "keywords"},
    "correction": {"text"},
    "fact": {"title", "matter", "evidence"},
    "handover": {"text", "summary"},
    "inspection": {"comment", "reason", "decision"},
    "order": {"title", "content", "region", "address", "problem", "review_errors", "note", "result"},
    "resource": {"name"},
    "sample": {"text"},
    "surge": {"detail", "reason"},
}
CHINESE = re.compile("[\u4e00-\u9fff]")


def written(entity: Any, names: set[str], name: str = "") -> Iterator[tuple[str, str]]:
    """The texts in the fields called so, each with the name of its field."""
    if isinstance(entity, msgspec.Struct):
        for each in entity.__struct_fields__:
            yield from written(getattr(entity, each), names, each)
    elif isinstance(entity, tuple):
        for each in entity:
            yield from written(each, names, name)
    elif isinstance(entity, str) and entity and name in names:
        yield name, entity


def test_what_is_written_on_the_floor_has_no_ids_and_no_codes_in_it() -> None:
    found: set[tuple[str, str, str]] = set()
    seen: set[tuple[str, str]] = set()
    with floor(TEN, orders=600) as opened:
        seed_history(opened.store, days=4)
        opened.go(300)
        for kind, names in WRITTEN.items():
            for entity in opened.all(kind).values():
                for name, text in written(entity, names):
                    seen.add((kind, name))
                    if not CHINESE.search(text) or internal_words(text, "zh-CN"):
                        found.add((kind, name, text))
    assert found == set()
    assert {kind for kind, _ in seen} == set(WRITTEN)
