"""The contract's envelopes, decoded from JSON bytes; the entities inside are decoded one by one.

A page is decoded with its entities still raw, so that one that breaks the contract is set aside with a reason and the
rest of the page is used.
"""

import re
from typing import Annotated

import msgspec

from floorctl.models.base import Count, Entity, Time
from floorctl.models.kinds import ENTITIES

MAX_PAGE_BYTES = 64 * 1024 * 1024
MAX_NESTING = 32
MAX_COMMAND_BYTES = 64 * 1024


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is signed in. ``token`` is present only in the answer to signing in."""

    person_id: str
    name: str
    roles: tuple[str, ...]
    floor: str
    expires_at: Time
    server_time: Time
    token: str | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The newest state of one entity, or its tombstone. ``data`` is the entity's JSON as received."""

    kind: str
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    version: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    deleted: bool
    data: msgspec.Raw = msgspec.Raw(b"")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the feed. ``changes`` are still raw: ``read_change`` decodes each on its own."""

    changes: tuple[msgspec.Raw, ...]
    next: str
    more: bool
    server_time: Time
    total: Count | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A command that was applied. ``version``: the target's after it, null if it changed no entity."""

    id: str
    applied_at: Time
    version: int | None = None
    replayed: bool = False


class FieldError(msgspec.Struct, frozen=True):
    """One field that the platform did not accept, and why."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document (RFC 9457). ``current`` (409 only) is the current entity."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    current: Change | None = None


_change = msgspec.json.Decoder(Change)
_page = msgspec.json.Decoder(Page)
_entities = {kind: msgspec.json.Decoder(struct) for kind, struct in ENTITIES.items()}

session_decoder = msgspec.json.Decoder(Session)
outcome_decoder = msgspec.json.Decoder(Outcome)
problem_decoder = msgspec.json.Decoder(Problem)


#: Every JSON escape, with unpaired surrogates as a group of their own. Matching all escapes in order keeps an escaped
#: backslash before a "u" from looking like an escape.
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)


def read_page(body: bytes) -> Page:
    """Decode a page, leaving its changes raw.

    Raises:
        msgspec.DecodeError: it is not JSON, or not a page.

    """
    try:
        return _page.decode(body)
    except msgspec.DecodeError:
        # An unpaired surrogate in one text is no reason to refuse a thousand entities.
        mended = _ESCAPES.sub(_mend, body)
        if mended == body:
            raise
        return _page.decode(mended)


def _mend(escape: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if escape.lastgroup == "lone" else escape[0]


def read_change(raw: msgspec.Raw) -> Change:
    """Decode one change, leaving its entity raw.

    Raises:
        msgspec.DecodeError: it breaks the contract.

    """
    return _change.decode(raw)


def read_entity(kind: str, data: bytes | msgspec.Raw) -> Entity:
    """Decode the entity of a change or of a cached document.

    Raises:
        KeyError: a kind that this release does not know.
        msgspec.DecodeError: it breaks the contract (a missing field, a wrong type, a string over its maximum).
    """
    return _entities[kind].decode(data)
