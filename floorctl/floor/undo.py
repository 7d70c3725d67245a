"""Taking back acts: the acts of the last ten minutes, and for each how it is taken back or why it can't be.

An act that has not been sent is dropped. One that has been sent is taken back by a command with the opposite effect,
which is an act of its own: it builds on the current state, is listed, and can be taken back too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from floorctl.errors import NotFoundError, RefusedError
from floorctl.floor.outbox import command_view
from floorctl.floor.views import CommandView
from floorctl.i18n import t
from floorctl.models.command import PARKED
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry
from floorctl.rules.commands.undo import Done, Opposite, Stays
from floorctl.rules.privacy import mask_text
from floorctl.sync.outbox_item import OutboxItem
from floorctl.text.errors import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.floor.desk import Desk
    from floorctl.floor.ports import Commands
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.session import Session

#: How long after it was made a sent act can be taken back.
LATELY = timedelta(minutes=10)
#: How many commands are read at a time.
_CHUNK = 200
#: Failures of sending after which the platform surely did not apply the command.
_DID_NOTHING = (
    "error.network_unreachable", "error.network_untrusted", "error.network_untrusted_time",
    "error.network_untrusted_name", "error.network_proxy", "error.network_proxy_unreachable",
    "error.network_signed_out", "error.network_try_later 429",
)  # fmt: skip


class ActView(msgspec.Struct, frozen=True, kw_only=True):
    """One act of a person: its commands in the order in which they were made, and how it is taken back.

    ``way``: ``drop`` (it has not been sent), ``opposite``, or empty where it can't be taken back; ``why`` is then the
    code of the reason and ``reason`` its text. With several commands, it is the way of the first that can be taken
    back.
    """

    items: tuple[CommandView, ...]
    way: str
    why: str = ""

    @property
    def id(self) -> str:
        """The id of the first command."""
        return self.items[0].id

    @property
    def reason(self) -> str:
        """Why the act can't be taken back, in words; empty where it can."""
        return t(f"undo.why.{self.why}") if self.why else ""


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of taking an act back.

    ``dropped``: the unsent commands that were dropped; ``items``: the new commands that take back sent ones; ``left``:
    the commands that were not taken back, each with the reason in words. ``perhaps``: a dropped command had been sent
    without an answer, so the platform may have applied it.
    """

    act: ActView
    dropped: tuple[CommandView, ...]
    items: tuple[CommandView, ...]
    left: tuple[tuple[CommandView, str], ...]
    perhaps: bool


class Undo:
    """Lists the acts made here and takes them back. Reads the disk; ``take_back`` raises what ``Desk`` raises."""

    def __init__(
        self, commands: Commands, read_model: ReadModel, session: Session, now: Callable[[], datetime], desk: Desk
    ) -> None:
        self._commands = commands
        self._read_model = read_model
        self._session = session
        self.now = now
        self._desk = desk

    def recent(self) -> list[ActView]:
        """People's acts here in the last ten minutes, newest first, each with how it is taken back."""
        since = self.now() - LATELY
        items = list(self._made_since(since))
        undone = _undone(items)
        return [self._judged(act, undone) for act in _acts(items)]

    def act_of(self, command_id: str) -> ActView:
        """Return the act that this command belongs to, of whatever age, with how it is taken back.

        Raises:
            NotFoundError: there is no such command.
            RefusedError: ``error.act_of_rule``: an alert rule made it, not a person.

        """
        return self._judged(*self._act_of(command_id))

    def take_back(self, command_id: str) -> TakenBack:
        """Take back the act that this command belongs to, its newest command first.

        Raises:
            NotFoundError: there is no such command.
            RefusedError: ``error.act_of_rule``: an alert rule made it; ``error.undo_stays``: none of its commands can
                be taken back, for the reason ``why``.

        """
        with self._desk.acting, self._desk.as_one():
            commands, undone = self._act_of(command_id)
            act = self._judged(commands, undone)
            if act.why:
                raise RefusedError("error.undo_stays", why=act.reason)
            return self._take_back(act, commands, undone)

    def _take_back(self, act: ActView, commands: Sequence[OutboxItem], undone: Collection[str]) -> TakenBack:
        dropped: list[CommandView] = []
        items: list[CommandView] = []
        left: list[tuple[CommandView, str]] = []
        perhaps = False
        for item in reversed(commands):
            try:
                opposite = self._way_back(item, undone)
                if opposite is None:
                    perhaps = perhaps or self._may_be_there(item)
                    self._desk.drop(item.id, t("undo.reason"))
                    dropped.append(command_view(self._command(item.id)))
                else:
                    on_version = registry.kind(opposite.kind).base_checked
                    done = self._desk.submit(
                        opposite.kind, opposite.target_id, opposite.data, on_version=on_version, undoes=item.id
                    )
                    items.append(command_view(done))
            except Stays as stays:
                left.append((command_view(item), t(f"undo.why.{stays.why}")))
            except RefusedError as refused:
                left.append((command_view(item), sentence(refused, mask_text)))
        return TakenBack(act=act, dropped=tuple(dropped), items=tuple(items), left=tuple(left), perhaps=perhaps)

    # -- the way back

    def _judged(self, items: Sequence[OutboxItem], undone: Collection[str]) -> ActView:
        reasons: list[str] = []
        views = tuple(map(command_view, items))
        for item in items:
            try:
                opposite = self._way_back(item, undone)
            except Stays as stays:
                reasons.append(stays.why)
            else:
                return ActView(items=views, way="drop" if opposite is None else "opposite")
        return ActView(items=views, way="", why=reasons[-1])

    def _way_back(self, item: OutboxItem, undone: Collection[str]) -> Opposite | None:
        """Return the command that takes ``item`` back, None where ``item`` is dropped instead.

        Raises:
            Stays: it can't be taken back.

        """
        if item.state == "dropped":
            raise Stays("replaced" if item.replaced_by else "dropped")
        if item.state == "sending":
            raise Stays("sending")
        if item.state in PARKED or (item.state == "waiting" and not self._may_be_there(item)):
            if not self._desk.may(item.kind):
                raise Stays("role")
            if registry.signs(item.kind) and (
                self._session.person is None or item.made_by != self._session.person.person_id
            ):
                raise Stays("signature")
            return None
        if item.id in undone:
            raise Stays("undone")
        if item.state == "waiting":
            try:
                return self._opposite(item)
            except Stays:
                return None
        if item.made_at < self.now() - LATELY:
            raise Stays("late")
        return self._opposite(item)

    def _opposite(self, item: OutboxItem) -> Opposite:
        kind = registry.find(item.kind)
        if kind is None or kind.undo is None:
            raise Stays("no_opposite" if kind is None else kind.stays)
        if kind.undo.alone and _came_between(item):
            raise Stays("unknown")
        opposite = kind.undo.back(
            Done(
                target_id=item.target.id,
                data=item.data,
                before=item.before,
                entity=self._read_model.lookup(item.target.kind, item.target.id),
                now=self.now(),
                lookup=self._read_model.lookup,
                reason=t("undo.reason"),
            )
        )
        if not self._desk.may(opposite.kind):
            raise Stays("role")
        if self._awaits_other(registry.kind(opposite.kind).target, opposite.target_id):
            raise Stays("unsettled")
        return opposite

    def _awaits_other(self, kind: str, entity_id: str) -> bool:
        """Whether pending commands with another target change this entity; its version does not account for them.

        Example: a cancelled break changes the shift, and its target is the seat.
        """
        return any(item.target.kind != kind for item in self._read_model.pending(ENTITIES[kind], entity_id))

    def _may_be_there(self, item: OutboxItem) -> bool:
        """Whether a waiting command was sent before, so that the platform may have applied it."""
        if not item.attempts:
            return False
        failed = [detail or "" for _, what, detail in self._commands.history(item.id) if what == "failed"]
        return any(not detail.startswith(_DID_NOTHING) for detail in failed)

    # -- reading

    def _act_of(self, command_id: str) -> tuple[Sequence[OutboxItem], set[str]]:
        wanted = self._command(command_id)
        if wanted.automatic:
            raise RefusedError("error.act_of_rule")
        items = list(self._made_since(min(wanted.made_at, self.now() - LATELY)))
        for act in _acts(items):
            if any(item.id == command_id for item in act):
                return act, _undone(items)
        return [wanted], _undone(items)

    def _command(self, command_id: str) -> OutboxItem:
        item = self._commands.get(command_id)
        if item is None:
            raise NotFoundError("error.no_such_command", id=command_id)
        return item

    def _made_since(self, since: datetime) -> Iterator[OutboxItem]:
        """Yield the commands that people made here since ``since``, newest first."""
        seq: int | None = None
        while chunk := self._commands.newest(_CHUNK, seq):
            for item in chunk:
                if item.made_at < since:
                    return
                yield item
            seq = chunk[-1].seq


def _acts(items: Sequence[OutboxItem]) -> list[list[OutboxItem]]:
    """Group commands (newest first) into acts, newest first, each with its commands in the order they were made."""
    acts: dict[tuple[Any, ...], list[OutboxItem]] = {}
    for item in items:
        acts.setdefault((item.kind, item.made_by, item.made_at, item.undoes is None), []).insert(0, item)
    return list(acts.values())


def _undone(items: Sequence[OutboxItem]) -> set[str]:
    """The ids of commands that other commands take back, except by commands that were dropped or are parked."""
    return {item.undoes for item in items if item.undoes and item.state not in ("dropped", *PARKED)}


def _came_between(item: OutboxItem) -> bool:
    """Whether somebody else changed the target between the version this act saw and the one it was applied to."""
    known = item.stands_on or item.saw_version
    return bool(known and item.outcome_version and item.outcome_version != known + 1)
