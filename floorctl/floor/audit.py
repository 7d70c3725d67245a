"""The audit trail: reveals, copies and exports are entered in it before they are done."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from floorctl.errors import FloorctlError, NotAllowedError, UsageError
from floorctl.models.base import Ref
from floorctl.models.masked import Grant
from floorctl.rules.commands import roles
from floorctl.rules.privacy import masked

if TYPE_CHECKING:
    from floorctl.floor.ports import AuditTrail
    from floorctl.floor.session import Session
    from floorctl.floor.status import Status
    from floorctl.sync.audit_chain import Entry, Verdict

#: Ids that an entry lists at most.
_IDS = 100
#: Entries about the sending of commands; left out of the trail by default.
SENDING = ("sending", "failed", "seen")


class Audit:
    """Reads the audit trail, and writes to it for the person signed in. Every method reads or writes the disk.

    An entry is on the disk before the act that it describes: if it can't be written, the act is not done.
    """

    def __init__(self, session: Session, trail: AuditTrail, status: Status) -> None:
        self._session = session
        self._trail = trail
        self._status = status

    def may_reveal(self) -> bool:
        """*memory* Whether the person signed in may see personal data unmasked."""
        person = self._session.person
        return person is not None and roles.allowed(roles.REVEAL, person.roles)

    def may_reveal_confidential(self) -> bool:
        """*memory* Whether the person signed in may, with a reason, see unmasked what is confidential."""
        person = self._session.person
        return person is not None and roles.allowed(roles.REVEAL_CONFIDENTIAL, person.roles)

    def check_confidential(self, kind: str, subject_id: str) -> None:
        """Refuse, with an entry in the trail, a person who may not see confidential records unmasked.

        Raises:
            NotAllowedError: nobody is signed in, or they are no supervisor.

        """
        self._check_reveal(kind, subject_id)
        if not self.may_reveal_confidential():
            self._note_denied(kind, subject_id)
            raise NotAllowedError("error.role_may_not_reveal_confidential")

    def reveal(
        self, kind: str, subject_id: str, ids: Collection[str] = (), *, reason: str = "", confidential: bool = False
    ) -> Grant:
        """Enter that personal data of a record, or of a list (empty id; ``ids`` in it), is about to be shown.

        ``confidential``: the record is. Only a supervisor with a ``reason`` may see one; of a list, anybody else is
        given a grant that leaves those in it masked.

        Returns the grant that unmasks these records.

        Raises:
            NotAllowedError: nobody is signed in, or their role may not see it.
            UsageError: it is confidential, and there is no reason.

        """
        self._check_reveal(kind, subject_id)
        if confidential:
            self.check_confidential(kind, subject_id)
            if not reason.strip():
                raise UsageError("error.confidential_needs_reason")
        detail: dict[str, object] = {"ids": list(ids)[:_IDS], "n": len(ids)} if ids else {}
        if reason.strip():
            detail["reason"] = reason.strip()
        entry = self._trail.audit("reveal", who=self._session.person_id, subject=Ref(kind, subject_id), detail=detail)
        opens = bool(reason.strip()) and self.may_reveal_confidential()
        return Grant(entry, kind, (subject_id, *ids), confidential=opens)

    def copied(self, kind: str, ids: Collection[str], *, revealed: bool = False) -> None:
        """Enter that records are about to be copied out of the program."""
        detail = {"ids": list(ids)[:_IDS], "n": len(ids), "revealed": revealed}
        only = next(iter(ids)) if len(ids) == 1 else ""
        self._trail.audit("copy", who=self._session.person_id, subject=Ref(kind, only), detail=detail)

    def exported(
        self, what: str, kind: str, rows: int, form: str, *, reason: str | None, chosen: str = ""
    ) -> Grant | None:
        """Enter that a list is about to be written to a file; with a ``reason``, unmasked. ``chosen``: its filters.

        ``what`` names the list, ``kind`` is that of the records in it. Returns the grant that unmasks every record of
        the kind but the confidential ones, or None without a reason.

        Raises:
            NotAllowedError: nobody is signed in; or, with a reason, their role may not see personal data.

        """
        if self._session.person is None:
            raise NotAllowedError("error.not_signed_in")
        if reason is not None:
            self._check_reveal(what, "")
        detail: dict[str, object] = {"rows": rows, "format": form, "revealed": reason is not None}
        detail |= {name: value for name, value in (("filter", chosen), ("reason", reason)) if value}
        entry = self._trail.audit("export", who=self._session.person_id, subject=Ref(what, ""), detail=detail)
        return None if reason is None else Grant(entry, kind, None)

    @contextmanager
    def exporting(
        self, what: str, kind: str, rows: int, form: str, *, reason: str | None, chosen: str = ""
    ) -> Iterator[Grant | None]:
        """Write a list to a file inside the block: enter it before the first row, and enter a failure afterwards.

        So no file is without an entry, however the program ends. Arguments and errors as for ``exported``.
        """
        grant = self.exported(what, kind, rows, form, reason=reason, chosen=chosen)
        try:
            yield grant
        except BaseException as error:
            detail = {"rows": rows, "format": form, "revealed": reason is not None}
            if isinstance(error, FloorctlError):
                detail["detail"] = str(error)
            with suppress(FloorctlError):  # the cause (a full disk) may also prevent this entry
                self._trail.audit("export_failed", who=self._session.person_id, subject=Ref(what, ""), detail=detail)
            raise

    def _check_reveal(self, kind: str, subject_id: str) -> None:
        if self._session.person is None:
            raise NotAllowedError("error.not_signed_in")
        if not self.may_reveal():
            self._note_denied(kind, subject_id)
            raise NotAllowedError("error.role_may_not_reveal")

    def _note_denied(self, kind: str, subject_id: str) -> None:
        self._trail.audit(
            "denied", who=self._session.person_id, subject=Ref(kind, subject_id), detail={"kind": "reveal"}
        )

    # --- reading the trail

    def trail(self, *, limit: int, offset: int = 0, sending: bool = False) -> tuple[list[Entry], int]:
        """Return a window of the trail, newest first, and the number of entries; ``sending``: with send attempts.

        Numbers in the details are masked.
        """
        entries, total = self._trail.trail(limit=limit, offset=offset, without=() if sending else SENDING)
        return [msgspec.structs.replace(entry, detail=masked(entry.detail)) for entry in entries], total

    def verify(self) -> Verdict:
        """Verify the whole trail; takes a second for 100,000 entries."""
        return self._trail.verify_trail()

    def uses_today(self) -> dict[str, int]:
        """Return how often something was revealed and exported here since midnight."""
        now = self._status.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        # Entries are dated by this machine's clock, not by platform time.
        return self._trail.uses_since(time.time() - (now - midnight).total_seconds())
