"""Who is signed in at this terminal: signing in and out, the second signer of a handover, the screen lock."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError, NotAllowedError, UsageError
from floorctl.floor import accounts, passwords
from floorctl.floor.views import Signed
from floorctl.models.team import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.config import Config
    from floorctl.floor.ports import AuditTrail, Sessions
    from floorctl.floor.read_model import ReadModel

#: Seconds after ``login`` during which the cockpit opens unlocked.
UNLOCK_GRACE_SECONDS = 60.0
#: Setting: when somebody last signed in or unlocked, in seconds since 1970; deleted when a cockpit opens. Journals on
#: disk have the value under this name.
_SIGNED_IN_AT = "at_the_door"


class Session:
    """The session of this terminal. Thread-safe; everything not marked *memory* reads or writes the disk.

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
        #: *memory* The person signed in here, or None.
        self.person = accounts.signed(sessions)
        self._looking = threading.Lock()
        #: Whether all acts are refused, as on a wall display.
        self.read_only = False
        #: Employee number and password of a person who signed in offline; kept until the platform can be reached.
        self._until_live: tuple[str, str] | None = None

    @property
    def person_id(self) -> str:
        """*memory* The id of the person signed in; empty if nobody is."""
        person = self.person
        return person.person_id if person else ""

    def look(self) -> Signed | None:
        """Read again who is signed in (another window may have changed it), and return them."""
        with self._looking:  # so that of two threads the one that read last sets the person
            self.person = accounts.signed(self._sessions)
            return self.person

    def went_live(self) -> None:
        """*memory* Forget the password that was kept until the platform could be reached."""
        self._until_live = None

    def at_configured_platform(self) -> bool:
        """Whether somebody is signed in at the platform configured now, and not at one configured earlier."""
        session, url = self._sessions.session(), self._config.platform.url
        return session is not None and (not url or session.is_of(url))

    # --- signing in and out

    def sign_in(self, employee_no: str, password: str, *, keep: bool = False) -> Signed:
        """Sign in at the platform or, if it can't be reached, as somebody who signed in here within the last 7 days.

        Waits for the network. ``keep``: store the password in the system's keyring, so that an expired session is
        renewed without asking.

        Raises:
            NotAllowedError: the number or the password is wrong, or five attempts failed (``error.too_many_tries``).
            FloorctlError: the platform can't be reached and nobody with this number has signed in here
                (``error.unknown_offline``), and see ``floorctl.floor.accounts.sign_in``.
            KeyringTrouble: the password was not stored; the person is signed in all the same.

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
            # A mistyped password leaves the stored hash alone. One that matches the hash but that the platform refuses
            # has been revoked there: delete the hash.
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
            if error.key != "error.network_unreachable":  # show the certificate or proxy error
                raise error
            raise FloorctlError("error.unknown_offline", number=employee_no) from error
        if not passwords.fits(known, password):
            self._trail.audit("wrong_password", who="", detail={"employee_no": employee_no, "offline": True})
            raise NotAllowedError("error.wrong_password") from error
        accounts.sign_in_offline(self._sessions, employee_no, known)
        self._until_live = (employee_no, password)

    def _refuse_form(self, employee_no: str, error: FloorctlError) -> None:
        """Refuse a number with letters where all known numbers are digits; a typing error is not a failed attempt.

        Raises:
            UsageError: the number has this form.

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
        """Sign out here, and at the platform if it can be reached; waits for the network.

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
        """Sign a second person in to sign something; in an outage against the password hash stored here.

        Raises:
            NotAllowedError: the number or the password is wrong, or five attempts failed.
            FloorctlError: the platform can't be reached, and nobody with this number has signed in here.

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
        """End the session that ``sign_in_beside`` began, if nothing was signed."""
        accounts.end_beside(self._config, self._sessions, person_id)

    def password_for_signing_in_again(self) -> tuple[str, str] | None:
        """Return number and password of the person signed in, if stored, for renewing the session without asking."""
        return self._until_live or accounts.kept_password(self._config, self._sessions)

    # --- the lock

    def opens_locked(self) -> bool:
        """Return whether a cockpit that starts now has to ask for the password first.

        It need not within ``UNLOCK_GRACE_SECONDS`` of a sign-in. The grace is used up by this call, so that leaving the
        cockpit locks it.
        """
        if self.person is None or not self._config.terminal.lock_after.seconds:
            return False
        signed_in_at = float(self._sessions.setting(_SIGNED_IN_AT, 0.0))
        self._sessions.set_setting(_SIGNED_IN_AT, None)
        return not 0 <= time.time() - signed_in_at < UNLOCK_GRACE_SECONDS

    def locked(self, why: str) -> None:
        """Add to the audit trail that the screen locks: at the start, by a key, or after idle time (``why``)."""
        self._trail.audit("lock", who=self.person_id, detail={"why": why})

    def unlock(self, employee_no: str, password: str) -> Signed:
        """Unlock the screen: for the person signed in by the hash stored here, for anybody else by signing in.

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
            # It may have been changed at the platform since: ask there, and count both as one attempt.
            passwords.refund_attempt(self._sessions)
            return self.sign_in(employee_no, password)
        self._trail.audit("unlock", who=person.person_id)
        return self._is_right()
