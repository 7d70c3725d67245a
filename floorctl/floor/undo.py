"""Taking back what was done here: the acts of the last ten minutes, and the way back of each, or why there is none.

What has not been sent is dropped. What has been is taken back by a command with the opposite effect, which is an act of
its own: it builds on what stands now, is listed, and can be taken back in its turn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from floorctl.errors import RefusedError
from floorctl.floor.views import OutboxItem
from floorctl.i18n import t
from floorctl.models.command import PARKED
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry
from floorctl.rules.commands.undo import Done, Opposite, Stays
from floorctl.rules.privacy import mask_text
from floorctl.text.errors import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.floor.desk import Desk
    from floorctl.floor.outbox import Outbox
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.session import Session

#: For how long what was sent can be taken back.
LATELY = timedelta(minutes=10)
#: Why a try failed that surely did nothing: there was no connection, or the platform asked for something else first.
_DID_NOTHING = (
    "error.network_unreachable", "error.network_untrusted", "error.network_untrusted_time",
    "error.network_untrusted_name", "error.network_proxy", "error.network_proxy_unreachable",
    "error.network_signed_out", "error.network_try_later 429",
)  # fmt: skip


class ActView(msgspec.Struct, frozen=True, kw_only=True):
    """One act of a person: its commands, the first of them made first, and the way back.

    ``way``: ``drop`` (it has not been sent), ``opposite``, or nothing; ``why`` says so then, and ``reason`` in words.
    Of an act with several commands it is that of the first that can be taken back.
    """

    items: tuple[OutboxItem, ...]
    way: str
    why: str = ""

    @property
    def id(self) -> str:
        """The id of its first command."""
        return self.items[0].id

    @property
    def reason(self) -> str:
        """Why it can't be taken back, in words; empty where it can."""
        return t(f"undo.why.{self.why}") if self.why else ""


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """What came of taking an act back.

    ``dropped``: the commands that were given up unsent; ``items``: those that take back what was sent; ``left``: what
    is as it was, with the reason in words. ``perhaps``: one of those dropped was tried without an answer, so that the
    platform may have it.
    """

    act: ActView
    dropped: tuple[OutboxItem, ...]
    items: tuple[OutboxItem, ...]
    left: tuple[tuple[OutboxItem, str], ...]
    perhaps: bool


class Undo:
    """Reads and takes back what was done here. Reads the disk; ``take_back`` raises what ``Desk`` does."""

    def __init__(
        self, outbox: Outbox, read_model: ReadModel, session: Session, now: Callable[[], datetime], desk: Desk
    ) -> None:
        self._outbox = outbox
        self._read_model = read_model
        self._session = session
        self.now = now
        self._desk = desk

    def recent(self) -> list[ActView]:
        """What people did here in the last ten minutes, newest first, each with its way back."""
        since = self.now() - LATELY
        items = list(self._outbox.made_since(since))
        undone = _undone(items)
        return [self._judged(each, undone) for each in _acts(items)]

    def act_of(self, command_id: str) -> ActView:
        """The act that this command belongs to, whenever that was, with its way back.

        Raises:
            NotFoundError: there is no such command, or no person made it.

        """
        return self._judged(*self._act_of(command_id))

    def take_back(self, command_id: str) -> TakenBack:
        """Take back the act that this command belongs to, the newest of its commands first.

        Raises:
            NotFoundError: there is no such command.
            RefusedError: ``error.undo_stays``: nothing of it can be taken back; ``why`` says why.

        """
        with self._desk.acting, self._desk.as_one():
            found, undone = self._act_of(command_id)
            act = self._judged(found, undone)
            if act.why:
                raise RefusedError("error.undo_stays", why=act.reason)
            return self._take_back(act, undone)

    def _take_back(self, act: ActView, undone: Collection[str]) -> TakenBack:
        dropped: list[OutboxItem] = []
        items: list[OutboxItem] = []
        left: list[tuple[OutboxItem, str]] = []
        perhaps = False
        for item in reversed(act.items):
            try:
                opposite = self._way_back(item, undone)
                if opposite is None:
                    perhaps = perhaps or self._may_be_there(item)
                    self._desk.drop(item.id, t("undo.reason"))
                    dropped.append(self._outbox.item(item.id))
                else:
                    on_version = registry.kind(opposite.kind).base_checked
                    items.append(
                        self._desk.submit(
                            opposite.kind, opposite.target_id, opposite.data, on_version=on_version, undoes=item.id
                        )
                    )
            except Stays as stays:
                left.append((item, t(f"undo.why.{stays.why}")))
            except RefusedError as refused:
                left.append((item, sentence(refused, mask_text)))
        return TakenBack(act=act, dropped=tuple(dropped), items=tuple(items), left=tuple(left), perhaps=perhaps)

    # -- the way back

    def _judged(self, items: Sequence[OutboxItem], undone: Collection[str]) -> ActView:
        reasons: list[str] = []
        for item in items:
            try:
                opposite = self._way_back(item, undone)
            except Stays as stays:
                reasons.append(stays.why)
            else:
                return ActView(items=tuple(items), way="drop" if opposite is None else "opposite")
        return ActView(items=tuple(items), way="", why=reasons[-1])

    def _way_back(self, item: OutboxItem, undone: Collection[str]) -> Opposite | None:
        """The command that takes ``item`` back, None where it is dropped instead.

        Raises:
            Stays: there is no way back.

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
        """Whether commands that change this entity and are aimed at others wait: its version does not stand for them.

        A cancelled break changes the shift, and is aimed at the seat.
        """
        return any(item.target.kind != kind for item in self._read_model.pending(ENTITIES[kind], entity_id))

    def _may_be_there(self, item: OutboxItem) -> bool:
        """Whether a command that waits was tried before in a way that leaves open whether the platform has it."""
        if not item.attempts:
            return False
        failed = [step.detail or "" for step in self._outbox.history(item.id) if step.what == "failed"]
        return any(not detail.startswith(_DID_NOTHING) for detail in failed)

    # -- reading

    def _act_of(self, command_id: str) -> tuple[Sequence[OutboxItem], set[str]]:
        wanted = self._outbox.item(command_id)
        if wanted.automatic:
            raise RefusedError("error.act_of_rule")
        items = list(self._outbox.made_since(min(wanted.made_at, self.now() - LATELY)))
        for act in _acts(items):
            if any(item.id == command_id for item in act):
                return act, _undone(items)
        return [wanted], _undone(items)


def _acts(items: Sequence[OutboxItem]) -> list[list[OutboxItem]]:
    """Commands, newest first → acts, newest first, each with its commands in the order in which they were made."""
    acts: dict[tuple[Any, ...], list[OutboxItem]] = {}
    for item in items:
        acts.setdefault((item.kind, item.made_by, item.made_at, item.undoes is None), []).insert(0, item)
    return list(acts.values())


def _undone(items: Sequence[OutboxItem]) -> set[str]:
    """Ids of the commands that others take back, those left out whose taking back came to nothing."""
    return {item.undoes for item in items if item.undoes and item.state not in ("dropped", *PARKED)}


def _came_between(item: OutboxItem) -> bool:
    """Whether somebody else changed the target after it was looked at and before the command was applied to it."""
    known = item.stands_on or item.saw_version
    return bool(known and item.outcome_version and item.outcome_version != known + 1)
