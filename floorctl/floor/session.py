"""Who sits here: signing in and out, the second person of a handover, the lock of the screen."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError, NotAllowedError, UsageError
from floorctl.floor import accounts, passwords
from floorctl.floor.views import Signed
from floorctl.models.team import Person
from floorctl.text.durations import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.config import Config
    from floorctl.floor.ports import AuditTrail, Sessions
    from floorctl.floor.read_model import ReadModel

#: Seconds after ``login`` during which the cockpit opens unlocked.
UNLOCK_GRACE_SECONDS = 60.0
_SIGNED_IN_AT = "at_the_door"


class Session:
    """The person who is signed in at this terminal. Thread-safe; all but what is marked *memory* touches the disk.

    ``wake_sender`` is called when a session begins or ends.
    """

    def __init__(
        self,
        config: Config,
        sessions: Sessions,
        trail: AuditTrail,
        read_model: ReadModel,
        wake_sender: Callable[[], None],
    ) -> None:
        self._config = config
        self._sessions = sessions
        self._trail = trail
        self._read_model = read_model
        self._wake_sender = wake_sender
        #: *memory* Who is signed in here, or None.
        self.person = accounts.signed(sessions)
        self._looking = threading.Lock()
        #: Nothing can be done here: a wall display only shows.
        self.read_only = False
        #: Number and password of who signed in while the platform could not be reached, until it can.
        self._until_live: tuple[str, str] | None = None

    @property
    def person_id(self) -> str:
        """*memory* The id of who is signed in; empty where nobody is."""
        person = self.person
        return person.person_id if person else ""

    def look(self) -> Signed | None:
        """Read again who is signed in: another window may have changed it."""
        with self._looking:  # of two threads that look, the one that read last says who it is
            self.person = accounts.signed(self._sessions)
            return self.person

    def went_live(self) -> None:
        """*memory* Forget the password that was held until the platform could be reached."""
        self._until_live = None

    def at_configured_platform(self) -> bool:
        """Whether somebody is signed in at the platform that is configured, and not at one before it."""
        session, url = self._sessions.session(), self._config.platform.url
        return session is not None and (not url or session.is_of(url))

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
            accounts.sign_in(self._config, self._sessions, employee_no, password)
        except FloorctlError as error:
            self._sign_in_without_platform(employee_no, password, error)
        else:
            self._until_live = None
        person = self._is_right()
        if keep:
            accounts.keep_password(self._config, self._sessions, employee_no, password)
        return person

    def _sign_in_without_platform(self, employee_no: str, password: str, error: FloorctlError) -> None:
        known = passwords.person_known(self._sessions, employee_no, self._config.platform.url)
        if isinstance(error, NotAllowedError):
            # A slip of the finger changes nothing; what was right here and is so at the platform no more opens nothing.
            if known is not None and passwords.fits(known, password):
                passwords.forget(self._sessions, employee_no)
            self._refuse_form(employee_no, error)
            self._trail.audit("wrong_password", who="", detail={"employee_no": employee_no})
            raise error
        if not accounts.unreachable(error):
            passwords.refund_attempt(self._sessions)
            raise error
        if known is None:
            passwords.refund_attempt(self._sessions)
            if error.key != "error.network_unreachable":  # a certificate, a proxy: it is this that has to be put right
                raise error
            raise FloorctlError("error.unknown_offline", number=employee_no) from error
        if not passwords.fits(known, password):
            self._trail.audit("wrong_password", who="", detail={"employee_no": employee_no, "offline": True})
            raise NotAllowedError("error.wrong_password") from error
        accounts.sign_in_offline(self._sessions, employee_no, known)
        self._until_live = (employee_no, password)

    def _refuse_form(self, employee_no: str, error: FloorctlError) -> None:
        """Nobody has a number with letters where everybody's is of digits: it was mistyped, nobody's password guessed.

        Raises:
            UsageError: it is so.

        """
        numbers = [held.value.employee_no for held in self._read_model.all(Person).values()]
        if numbers and all(map(str.isdigit, numbers)) and not employee_no.isdigit():
            passwords.refund_attempt(self._sessions)
            raise UsageError("error.employee_no_form", number=employee_no) from error

    def _is_right(self) -> Signed:
        passwords.right(self._sessions)
        self._sessions.set_setting(_SIGNED_IN_AT, time.time())
        person = self.look()
        assert person is not None
        self._wake_sender()
        return person

    def _take_try(self, employee_no: str) -> None:
        try:
            passwords.take_try(self._sessions)
        except NotAllowedError:
            self._trail.audit("too_many_tries", who="", detail={"employee_no": employee_no})
            raise

    def sign_out(self) -> None:
        """Sign out here, and at the platform where it can be reached; waits for the network.

        Raises:
            FloorctlError: see ``floorctl.floor.accounts.sign_out``; signed out all the same.

        """
        try:
            accounts.sign_out(self._config, self._sessions)
        finally:
            self._until_live = None
            self.look()
            self._wake_sender()

    def sign_in_beside(self, employee_no: str, password: str) -> Signed:
        """Sign a second person in, for what they sign; in an outage it is enough that they are known here.

        Raises:
            NotAllowedError: the number or the password is wrong, or five were.
            FloorctlError: the platform can't be reached, and nobody known here has this number.

        """
        employee_no = accounts.number(employee_no)
        self._take_try(employee_no)
        try:
            person = accounts.sign_in_beside(self._config, self._sessions, employee_no, password)
        except FloorctlError as error:
            person = self._known_beside(employee_no, password, error)
        passwords.right(self._sessions)
        self._trail.audit("sign_in", who=person.person_id, detail={"roles": sorted(person.roles), "beside": True})
        self._wake_sender()
        return person

    def _known_beside(self, employee_no: str, password: str, error: FloorctlError) -> Signed:
        known = passwords.person_known(self._sessions, employee_no, self._config.platform.url)
        if isinstance(error, NotAllowedError):
            passwords.forget(self._sessions, employee_no)
            self._refuse_form(employee_no, error)
        elif not accounts.unreachable(error) or known is None:
            passwords.refund_attempt(self._sessions)
            raise error
        elif passwords.fits(known, password):
            return Signed(known.person_id, known.name, frozenset(known.roles), known.floor, known.expires_at)
        self._trail.audit("wrong_password", who="", detail={"employee_no": employee_no, "beside": True})
        raise NotAllowedError("error.second_person_unknown") from error

    def end_beside(self, person_id: str) -> None:
        """End what ``sign_in_beside`` began, where nothing was signed."""
        accounts.end_beside(self._config, self._sessions, person_id)

    def password_for_signing_in_again(self) -> tuple[str, str] | None:
        """Number and password of who is signed in, where they are held for signing in without a person."""
        return self._until_live or accounts.kept_password(self._config, self._sessions)

    # --- the lock

    def opens_locked(self) -> bool:
        """Whether a cockpit that starts now has to ask for the password first.

        It need not where somebody gave theirs a moment ago; once, so that leaving the cockpit locks it too.
        """
        if self.person is None or not duration(self._config.terminal.lock_after):
            return False
        signed_in_at = float(self._sessions.setting(_SIGNED_IN_AT, 0.0))
        self._sessions.set_setting(_SIGNED_IN_AT, None)
        return not 0 <= time.time() - signed_in_at < UNLOCK_GRACE_SECONDS

    def locked(self, why: str) -> None:
        """Note that the screen locks: at the start, by a key, or because nobody touched it."""
        self._trail.audit("lock", who=self.person_id, detail={"why": why})

    def unlock(self, employee_no: str, password: str) -> Signed:
        """Open the locked screen: to who is signed in, by the password known here; to anybody, by signing in.

        Raises:
            NotAllowedError, FloorctlError: see ``sign_in``.

        """
        employee_no = accounts.number(employee_no)
        known = passwords.person_known(self._sessions, employee_no, self._config.platform.url)
        person = self.person
        if known is None or person is None or known.person_id != person.person_id:
            return self.sign_in(employee_no, password)
        self._take_try(employee_no)
        if not passwords.fits(known, password):
            # It may have been changed at the platform since; that is asked, and counts as the same try.
            passwords.refund_attempt(self._sessions)
            return self.sign_in(employee_no, password)
        self._trail.audit("unlock", who=person.person_id)
        return self._is_right()
