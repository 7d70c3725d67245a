"""Who sits here and what is noted of it: signing in and out, the lock, reveals, copies, exports, the audit trail."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.config import Config
from floorctl.errors import FloorctlError, NotAllowedError, UsageError
from floorctl.floor import accounts, passwords
from floorctl.floor.views import Signed
from floorctl.models.base import Ref
from floorctl.models.masked import Grant
from floorctl.models.team import Person
from floorctl.rules.commands import roles
from floorctl.sync.audit_chain import Entry
from floorctl.sync.journal.trail import Verdict
from floorctl.text.durations import duration

if TYPE_CHECKING:
    from floorctl.floor.read_model import ReadModel
    from floorctl.sync.journal.journal import Journal

#: Who has signed in within so many seconds opens the cockpit without being asked for the password once more.
_AT_THE_DOOR = 60.0
_DOOR = "at_the_door"
#: Records that an entry names at most.
_IDS = 100
#: What the sending of a command leaves in the trail, besides what people and the platform decided.
SENDING = ("sending", "failed", "seen")


class Guard(ABC):
    """The part of Floor that says who may see and leaves word of who did. Everything here touches the disk.

    What is noted is on the disk before it is done: a reveal that can't be noted is not made.
    """

    config: Config
    read_model: ReadModel
    _journal: Journal
    #: Number and password of who signed in while the platform could not be reached, until it can.
    _until_live: tuple[str, str] | None = None

    @property
    @abstractmethod
    def person(self) -> Signed | None:
        """Who is signed in."""

    @abstractmethod
    def now(self) -> datetime:
        """Platform time."""

    @abstractmethod
    def _look_who_is_signed_in(self) -> Signed | None:
        """Read again who is signed in."""

    @abstractmethod
    def _poke_sync(self) -> None:
        """Tell whoever syncs that the journal has something new."""

    # --- signing in and out

    def sign_in(self, employee_no: str, password: str, *, keep: bool = False) -> Signed:
        """Sign in at the platform; where that can't be reached, as somebody who signed in here within the week.

        Waits for the network. ``keep``: keep the password in the system's keyring, so that a session that ends is
        begun again by itself.

        Raises:
            NotAllowedError: the number or the password is wrong, or five were (``error.too_many_tries``).
            FloorctlError: the platform can't be reached and nobody known here has this number
                (``error.unknown_offline``), and see ``floorctl.floor.accounts.sign_in``.
            KeyringTrouble: the password was not kept; its owner is signed in all the same.

        """
        employee_no = accounts.number(employee_no)
        self._take_try(employee_no)
        try:
            accounts.sign_in(self.config, self._journal, employee_no, password)
        except FloorctlError as error:
            self._sign_in_without_platform(employee_no, password, error)
        else:
            self._until_live = None
        person = self._is_right()
        if keep:
            accounts.keep_password(self.config, self._journal, employee_no, password)
        return person

    def _sign_in_without_platform(self, employee_no: str, password: str, error: FloorctlError) -> None:
        known = passwords.person_known(self._journal, employee_no, self.config.platform.url)
        if isinstance(error, NotAllowedError):
            # A slip of the finger changes nothing; what was right here and is so at the platform no more opens nothing.
            if known is not None and passwords.fits(known, password):
                passwords.forget(self._journal, employee_no)
            self._refuse_form(employee_no, error)
            self._journal.audit("wrong_password", who="", detail={"employee_no": employee_no})
            raise error
        if not accounts.unreachable(error):
            passwords.give_back(self._journal)
            raise error
        if known is None:
            passwords.give_back(self._journal)
            if error.key != "error.network_unreachable":  # a certificate, a proxy: it is this that has to be put right
                raise error
            raise FloorctlError("error.unknown_offline", number=employee_no) from error
        if not passwords.fits(known, password):
            self._journal.audit("wrong_password", who="", detail={"employee_no": employee_no, "offline": True})
            raise NotAllowedError("error.wrong_password") from error
        accounts.sign_in_offline(self._journal, employee_no, known)
        self._until_live = (employee_no, password)

    def _refuse_form(self, employee_no: str, error: FloorctlError) -> None:
        """Nobody has a number with letters where everybody's is of digits: it was mistyped, nobody's password guessed.

        Raises:
            UsageError: it is so.

        """
        numbers = [held.value.employee_no for held in self.read_model.all(Person).values()]
        if numbers and all(map(str.isdigit, numbers)) and not employee_no.isdigit():
            passwords.give_back(self._journal)
            raise UsageError("error.employee_no_form", number=employee_no) from error

    def _is_right(self) -> Signed:
        passwords.right(self._journal)
        self._journal.set_setting(_DOOR, time.time())
        person = self._look_who_is_signed_in()
        assert person is not None
        self._poke_sync()
        return person

    def _take_try(self, employee_no: str) -> None:
        try:
            passwords.take_try(self._journal)
        except NotAllowedError:
            self._journal.audit("too_many_tries", who="", detail={"employee_no": employee_no})
            raise

    def sign_out(self) -> None:
        """Sign out here, and at the platform where it can be reached; waits for the network.

        Raises:
            FloorctlError: see ``floorctl.floor.accounts.sign_out``; signed out all the same.

        """
        try:
            accounts.sign_out(self.config, self._journal)
        finally:
            self._until_live = None
            self._look_who_is_signed_in()
            self._poke_sync()

    def _sign_in_beside(self, employee_no: str, password: str) -> Signed:
        """Sign a second person in, for what they sign; in an outage it is enough that they are known here.

        Raises:
            NotAllowedError: the number or the password is wrong, or five were.
            FloorctlError: the platform can't be reached, and nobody known here has this number.

        """
        employee_no = accounts.number(employee_no)
        self._take_try(employee_no)
        try:
            person = accounts.sign_in_beside(self.config, self._journal, employee_no, password)
        except FloorctlError as error:
            person = self._known_beside(employee_no, password, error)
        passwords.right(self._journal)
        self._journal.audit("sign_in", who=person.person_id, detail={"roles": sorted(person.roles), "beside": True})
        self._poke_sync()
        return person

    def _known_beside(self, employee_no: str, password: str, error: FloorctlError) -> Signed:
        known = passwords.person_known(self._journal, employee_no, self.config.platform.url)
        if isinstance(error, NotAllowedError):
            passwords.forget(self._journal, employee_no)
            self._refuse_form(employee_no, error)
        elif not accounts.unreachable(error) or known is None:
            passwords.give_back(self._journal)
            raise error
        elif passwords.fits(known, password):
            return Signed(known.person_id, known.name, frozenset(known.roles), known.floor, known.expires_at)
        self._journal.audit("wrong_password", who="", detail={"employee_no": employee_no, "beside": True})
        raise NotAllowedError("error.second_person_unknown") from error

    def password_for_signing_in_again(self) -> tuple[str, str] | None:
        """Number and password of who is signed in, where they are held for signing in without a person."""
        return self._until_live or accounts.kept_password(self.config, self._journal)

    # --- the lock

    def opens_locked(self) -> bool:
        """Whether a cockpit that starts now has to ask for the password first.

        It need not where somebody gave theirs a moment ago; once, so that leaving the cockpit locks it too.
        """
        if self.person is None or not duration(self.config.terminal.lock_after):
            return False
        signed_in_at = float(self._journal.setting(_DOOR, 0.0))
        self._journal.set_setting(_DOOR, None)
        return not 0 <= time.time() - signed_in_at < _AT_THE_DOOR

    def locked(self, why: str) -> None:
        """Note that the screen locks: at the start, by a key, or because nobody touched it."""
        self._journal.audit("lock", who=self._who(), detail={"why": why})

    def unlock(self, employee_no: str, password: str) -> Signed:
        """Open the locked screen: to who is signed in, by the password known here; to anybody, by signing in.

        Raises:
            NotAllowedError, FloorctlError: see ``sign_in``.

        """
        employee_no = accounts.number(employee_no)
        known = passwords.person_known(self._journal, employee_no, self.config.platform.url)
        person = self.person
        if known is None or person is None or known.person_id != person.person_id:
            return self.sign_in(employee_no, password)
        self._take_try(employee_no)
        if not passwords.fits(known, password):
            # It may have been changed at the platform since; that is asked, and counts as the same try.
            passwords.give_back(self._journal)
            return self.sign_in(employee_no, password)
        self._journal.audit("unlock", who=person.person_id)
        return self._is_right()

    # --- what is noted

    def may_reveal(self) -> bool:
        """*memory* Whether the person signed in may see personal data as it is."""
        return self.person is not None and roles.allowed(roles.REVEAL, self.person.roles)

    def reveal(self, kind: str, subject_id: str, ids: Collection[str] = ()) -> Grant:
        """Note that personal data of one record, or of a list (an empty id; ``ids`` of what), is about to be shown.

        Returns what opens it.

        Raises:
            NotAllowedError: nobody is signed in, or not with a role that may see it.

        """
        self._check_reveal(kind, subject_id)
        detail = {"ids": list(ids)[:_IDS], "n": len(ids)} if ids else {}
        return Grant(self._journal.audit("reveal", who=self._who(), subject=Ref(kind, subject_id), detail=detail))

    def copied(self, kind: str, ids: Collection[str], *, revealed: bool = False) -> None:
        """Note that records are about to be copied out of the program."""
        detail = {"ids": list(ids)[:_IDS], "n": len(ids), "revealed": revealed}
        only = next(iter(ids)) if len(ids) == 1 else ""
        self._journal.audit("copy", who=self._who(), subject=Ref(kind, only), detail=detail)

    def exported(self, what: str, rows: int, form: str, *, reason: str | None, chosen: str = "") -> Grant | None:
        """Note that a list is about to be written to a file; with a ``reason``, unmasked. ``chosen``: its filters.

        Returns what opens personal data, None without a reason.

        Raises:
            NotAllowedError: nobody is signed in; or, with a reason, not with a role that may see it.

        """
        if self.person is None:
            raise NotAllowedError("error.not_signed_in")
        if reason is not None:
            self._check_reveal(what, "")
        detail: dict[str, object] = {"rows": rows, "format": form, "revealed": reason is not None}
        detail |= {name: value for name, value in (("filter", chosen), ("reason", reason)) if value}
        entry = self._journal.audit("export", who=self._who(), subject=Ref(what, ""), detail=detail)
        return None if reason is None else Grant(entry)

    @contextmanager
    def exporting(
        self, what: str, rows: int, form: str, *, reason: str | None, chosen: str = ""
    ) -> Iterator[Grant | None]:
        """Write a list to a file inside the block. It is noted before the first row, and after it that it failed.

        So a file is never there without its entry, whatever ends the program; arguments and errors as for ``exported``.
        """
        grant = self.exported(what, rows, form, reason=reason, chosen=chosen)
        try:
            yield grant
        except BaseException as error:
            detail = {"rows": rows, "format": form, "revealed": reason is not None}
            if isinstance(error, FloorctlError):
                detail["detail"] = str(error)
            with suppress(FloorctlError):  # what ended the export may keep the journal from being written too
                self._journal.audit("export_failed", who=self._who(), subject=Ref(what, ""), detail=detail)
            raise

    def _check_reveal(self, kind: str, subject_id: str) -> None:
        if self.person is None:
            raise NotAllowedError("error.not_signed_in")
        if not self.may_reveal():
            self._journal.audit("denied", who=self._who(), subject=Ref(kind, subject_id), detail={"kind": "reveal"})
            raise NotAllowedError("error.role_may_not_reveal")

    # --- the trail

    def trail(self, *, limit: int, offset: int = 0, sending: bool = False) -> tuple[list[Entry], int]:
        """A window of the audit trail, newest first, and how many entries there are; ``sending``: each try too."""
        return self._journal.trail(limit=limit, offset=offset, without=() if sending else SENDING)

    def verify_trail(self) -> Verdict:
        """Read the whole trail; takes a second for 100,000 entries."""
        return self._journal.verify_trail()

    def uses_today(self) -> dict[str, int]:
        """How often something was revealed and exported here since midnight."""
        midnight = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        # Entries carry this machine's clock.
        return self._journal.uses_since(time.time() - (self.now() - midnight).total_seconds())

    def _who(self) -> str:
        return self.person.person_id if self.person else ""
