"""Applying commands: checked in the contract's order, at most once, with outcome and effect stored together."""

import hashlib
import re
import time
from datetime import datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import text

from floorctl.i18n import t
from floorctl.models.base import Entity, Ref, Time
from floorctl.models.command import Command
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry
from floorctl.rules.commands.apply import apply
from floorctl.rules.commands.refusal import Refused
from floorctl.rules.commands.roles import allowed
from floorctl.simulator.http.contract import CONTRACTS, NEWEST, Contract
from floorctl.simulator.http.problem_response import ProblemResponse
from floorctl.simulator.http.sessions import SignedIn
from floorctl.simulator.store.store import Store, Transaction
from floorctl.sync.platform.wire import MAX_COMMAND_BYTES, FieldError, Outcome
from floorctl.text.phrases import refusal

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FIND_APPLIED = text("SELECT body_hash, version, applied_at FROM command WHERE id = :id")
_ADD_APPLIED = text(
    "INSERT INTO command (id, body_hash, kind, target_kind, target_id, data, by, terminal, version, applied_at, "
    "applied_wall) VALUES (:id, :body_hash, :kind, :target_kind, :target_id, :data, :by, :terminal, :version, "
    ":applied_at, :applied_wall)"
)
_SET_AUDIT_HEAD = text(
    "INSERT INTO terminal (name, audit_head, seen_at) VALUES (:name, :audit_head, :seen_at) "
    "ON CONFLICT (name) DO UPDATE SET audit_head = excluded.audit_head, seen_at = excluded.seen_at"
)


class _Target(msgspec.Struct, frozen=True):
    kind: str
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class _Body(msgspec.Struct, frozen=True):
    """The contract's Command, with the contract's limits."""

    id: str
    kind: str
    target: _Target
    made_at: Time
    data: dict[str, Any]
    base_version: Annotated[int, msgspec.Meta(ge=1)] | None = None
    audit_head: Annotated[str, msgspec.Meta(max_length=128)] | msgspec.UnsetType = msgspec.UNSET


_decode = msgspec.json.Decoder().decode
_canonical = msgspec.json.Encoder(order="sorted").encode


class Commands:
    """Applies commands to a store. ``apply`` blocks on the disk."""

    def __init__(self, store: Store, contract: Contract = CONTRACTS[NEWEST]) -> None:
        self._store = store
        self._contract = contract

    def apply(self, raw: bytes, key: str | None, by: SignedIn) -> Outcome:
        """Apply the command in ``raw``; return its outcome, or the former one if it was applied before.

        Raises:
            ProblemResponse: with the contract's status; nothing has changed then.

        """
        command, body_hash = read(raw, key)
        if not self._contract.knows(command):
            raise _refused("kind", "platform.declined.unknown_kind")
        if not allowed(command.kind, by.roles):
            raise ProblemResponse(403, "platform.declined.role")
        with self._store.transaction() as changing:
            if (applied := changing.execute(_FIND_APPLIED, {"id": command.id}).one_or_none()) is not None:
                if applied.body_hash != body_hash:
                    raise _refused("id", "platform.declined.id_used")
                applied_at = datetime.fromisoformat(applied.applied_at)
                return Outcome(id=command.id, version=applied.version, applied_at=applied_at, replayed=True)
            now = self._store.clock.now()
            version = _apply_effect(changing, command, by.person_id, now, self._contract)
            self._record(changing, command, body_hash, by, version, now)
        return Outcome(id=command.id, version=version, applied_at=now)

    def _record(
        self, changing: Transaction, command: Command, body_hash: str, by: SignedIn, version: int | None, now: datetime
    ) -> None:
        wall = time.time()
        row = {
            "id": command.id,
            "body_hash": body_hash,
            "kind": command.kind,
            "target_kind": command.target.kind,
            "target_id": command.target.id,
            "data": msgspec.json.encode(command.data),
            "by": by.person_id,
            "terminal": by.terminal,
            "version": version,
            "applied_at": now.isoformat(),
            "applied_wall": wall,
        }
        changing.execute(_ADD_APPLIED, row)
        if isinstance(command.audit_head, str):
            changing.execute(_SET_AUDIT_HEAD, {"name": by.terminal, "audit_head": command.audit_head, "seen_at": wall})


def read(raw: bytes, key: str | None) -> tuple[Command, str]:
    """Return the command in ``raw``, sent under the Idempotency-Key ``key``, and a hash of its contents.

    Raises:
        ProblemResponse: 413 too large, 400 not a Command or not of that key, 422 a kind that this platform does not
            know or an id that no store can hold.

    """
    if len(raw) > MAX_COMMAND_BYTES:
        raise ProblemResponse(413, "platform.declined.too_large", limit=MAX_COMMAND_BYTES // 1024)
    try:
        document = _decode(raw)
        body = msgspec.convert(document, _Body)
        # The order of fields and the whitespace do not count.
        body_hash = hashlib.sha256(_canonical(document)).hexdigest()
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProblemResponse(400, "platform.declined.malformed", reason=str(error)) from error
    if not _UUID.fullmatch(body.id):
        raise ProblemResponse(400, "platform.declined.not_uuid")
    if key is None or key.lower() != body.id.lower():
        raise ProblemResponse(400, "platform.declined.key")
    if registry.find(body.kind) is None:
        raise _refused("kind", "platform.declined.unknown_kind")
    if body.target.kind not in ENTITIES:
        raise ProblemResponse(400, "platform.declined.kind")
    for field, value in (("target.id", body.target.id), ("audit_head", body.audit_head)):
        if isinstance(value, str) and "\0" in value:
            raise _refused(field, "platform.declined.nul")
    command = Command(
        id=body.id.lower(),
        kind=body.kind,
        target=Ref(body.target.kind, body.target.id),
        made_at=body.made_at,
        data=body.data,
        base_version=body.base_version,
        audit_head=body.audit_head,
    )
    return command, body_hash


def _apply_effect(changing: Transaction, command: Command, by: str, now: datetime, contract: Contract) -> int | None:
    """Apply the command's effect; return the target's version after it, None if nothing changed."""
    target = command.target
    kind = registry.kind(command.kind)
    if target.kind != kind.target:
        raise _refused("target.kind", "platform.declined.target_kind", wanted=kind.target)
    row = changing.get(target.kind, target.id)
    if row is None and not kind.creates:
        raise ProblemResponse(404, "platform.declined.not_found")
    if kind.base and command.base_version is None:
        raise _refused("base_version", "platform.declined.base_missing")
    if _is_stale(kind, command.base_version, row and row.version):
        current = changing.change(target.kind, target.id)
        raise ProblemResponse(409, "platform.declined.stale", current=current and contract.change(current))

    def lookup(kind: str, entity_id: str) -> Entity | None:
        found = changing.get(kind, entity_id)
        return found and found.data

    try:
        after = apply(command, row and row.data, by=by, at=now, lookup=lookup)
    except Refused as refused:
        errors = tuple(FieldError(each.field, refusal(each.reason, each.params)) for each in refused.errors)
        raise ProblemResponse(422, "platform.declined.refused", errors=errors) from refused
    version = row and row.version
    for (changed, entity_id), entity in after.items():
        new = changing.delete(changed, entity_id) if entity is None else changing.put(changed, entity_id, entity)
        if (changed, entity_id) == (target.kind, target.id):
            version = new
    return version if after else None


def _is_stale(kind: registry.CommandKind, base: int | None, version: int | None) -> bool:
    """Whether the target's version (None: no such entity) differs from the one that the command builds on."""
    if kind.base:
        return version is not None and base != version
    return kind.base_checked and base not in (None, version)


def _refused(field: str, reason: str, **params: object) -> ProblemResponse:
    return ProblemResponse(422, "platform.declined.refused", errors=(FieldError(field, t(reason, **params)),))
