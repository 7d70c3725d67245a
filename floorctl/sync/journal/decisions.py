"""Decisions about parked commands: retry with a new command in place of the old, or drop for good."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from floorctl.models.command import PARKED
from floorctl.rules.commands import registry
from floorctl.sync import audit_chain
from floorctl.sync.journal import file, rows
from floorctl.sync.outbox_item import OutboxItem, new_command_id
from floorctl.sync.sqlite import Connection

T = TypeVar("T")


class Decisions(ABC):
    """The part of the journal for decisions; raises what the journal raises."""

    _path: Path

    @abstractmethod
    def _write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the journal in one transaction."""

    def retry(
        self,
        id_: str,
        *,
        data: dict[str, Any] | None = None,
        base_version: int | None = None,
        made_at: datetime | None = None,
        by: str | None = None,
        before: dict[str, Any] | None = None,
    ) -> OutboxItem:
        """Make a new command in place of a parked one, changed or not; the old one is dropped.

        ``made_at`` and ``by`` are when and by whom that was decided, ``before`` what it replaces now; those of the old
        command if left out.

        Without ``base_version``: after a conflict, the version that the platform showed; else the old command's.

        Raises:
            NotFoundError: ``error.no_such_command``.
            RefusedError: ``error.command_not_parked``.

        """

        def work(db: Connection) -> OutboxItem:
            old = rows.get(db, id_, PARKED, "error.command_not_parked")
            base = base_version
            if base is None:
                current = old.problem.current if old.problem and old.state == "conflict" else None
                base = old.base_version if current is None else current.version
            elif old.base_version is None and not registry.needs_base(old.kind):
                base = None
            item = rows.insert(
                db,
                OutboxItem(
                    id=new_command_id(),
                    seq=0,
                    place=old.place,
                    kind=old.kind,
                    target=old.target,
                    data=old.data if data is None else data,
                    state="waiting",
                    made_at=made_at or old.made_at,
                    made_by=by or old.made_by,
                    base_version=base,
                    saw_version=base if base is not None else old.saw_version,
                    automatic=old.automatic,
                    after=old.after,
                    audit_head=audit_chain.head_to_send(db),
                    replaces=old.id,
                    before=before or old.before,
                    undoes=old.undoes,
                ),
            )
            rows.update(
                db, old, "replaced", item.id, by=item.made_by, state="dropped", undecided=0, replaced_by=item.id
            )
            db.execute('UPDATE command SET "after" = ? WHERE "after" = ? AND undecided = 1', (item.seq, old.seq))
            return item

        item = self._write(work)
        file.store_last_number(self._path, item.seq)
        return item

    def drop(self, id_: str, reason: str, by: str = "") -> None:
        """Drop a command for good; it stays in the journal with the reason. ``by``: who decided so, if anybody.

        Raises:
            NotFoundError: ``error.no_such_command``.
            RefusedError: ``error.command_over``: it is being sent at this moment, or is over.

        """

        def work(db: Connection) -> None:
            item = rows.get(db, id_, ("waiting", *PARKED))
            rows.update(db, item, "dropped", reason, by=by, state="dropped", undecided=0, reason=reason)
            rows.hand_down_before(db, item)
            db.execute('UPDATE command SET "after" = ? WHERE "after" = ? AND undecided = 1', (item.after, item.seq))

        self._write(work)
