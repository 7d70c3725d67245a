"""The versions of the contract that the embedded platform can be served as.

A platform of version 1.0 is what a terminal meets at a centre that has not been updated: it knows none of the kinds,
fields and commands that 1.1 added. The floor behind it is the same one; only what is sent and accepted differs, so that
data made under one version can be served as the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from floorctl.models.command import Command
from floorctl.rules.commands.capability import capability
from floorctl.simulator.store.feed_page import FeedPage, Sent

#: The version that is served unless another is asked for.
NEWEST = "1.1"

#: Kinds of entities that version 1.1 added.
_NEW_KINDS = frozenset({
    "agent_day", "missed_call", "absence", "search_term", "course", "coaching", "candidate", "device", "safety_check",
    "award",
})  # fmt: skip
#: Kind of entity → the fields that version 1.1 added.
_NEW_FIELDS: Mapping[str, frozenset[str]] = {
    "seat": frozenset({"next_state", "help", "listeners"}),
    "person": frozenset({
        "grade", "certificates", "experience_months", "typing_cpm", "no_night", "week_hours", "wishes",
    }),
    "order": frozenset({"confidential", "return_log", "extension", "conferences", "redos", "parent_id"}),
    "surge": frozenset({"grade", "review"}),
    "article": frozenset({
        "helpful", "unhelpful", "source", "questions", "verified_at", "verify_by", "edited_by",
    }),
    "correction": frozenset({"about", "sent_at", "urged", "note"}),
}  # fmt: skip
_decode = msgspec.json.Decoder(list[Sent]).decode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Contract:
    """A version of the contract: what a platform of it does not know of what this release knows."""

    version: str
    kinds: frozenset[str] = frozenset()
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def knows(self, command: Command) -> bool:
        """Return whether this version has the command's kind, and that of the alert that it raises."""
        return self.version == NEWEST or not capability(command.kind, command.data)

    def page(self, page: FeedPage) -> FeedPage:
        """Return a page of the feed without the fields that this version does not have."""
        if not self.fields:
            return page
        return page._replace(changes=_encode([self.change(each) for each in _decode(page.changes)]))

    def change(self, change: Sent) -> Sent:
        """Return a Change without the fields that this version does not have."""
        unknown = self.fields.get(change.kind)
        if unknown is None or isinstance(change.data, msgspec.UnsetType):
            return change
        known: dict[str, Any] = {
            name: value for name, value in _decode_fields(change.data).items() if name not in unknown
        }
        return msgspec.structs.replace(change, data=msgspec.Raw(_encode(known)))


#: Version → what it leaves out.
CONTRACTS = {each.version: each for each in (Contract("1.0", _NEW_KINDS, _NEW_FIELDS), Contract("1.1"))}
