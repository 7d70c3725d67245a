"""Access to the system's keyring with a time-out of seconds and few possible outcomes.

The keyring is a foreign program behind a plug-in that anybody may have written: it may raise anything, open a window
that nobody sees, or never answer. So it is called in a thread that nothing waits for longer than the time-out, not even
the end of this process. "No such entry" is trusted only from a keyring that demonstrably stores entries.
"""

import contextlib
import re
import secrets
import sys
import termios
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from floorctl.clock import elapsed
from floorctl.errors import FloorctlError

T = TypeVar("T")

#: Seconds to wait for an answer, and the least if earlier calls have used them up.
LIMIT = 3.0
_LEAST = 0.5
_LONGEST_REASON = 160
#: The back-ends of the desktop's Secret Service.
_SECRET_SERVICE = frozenset({"keyring.backends.SecretService", "keyring.backends.libsecret"})
#: Common to the names and messages of errors that back-ends raise if somebody has to unlock the keyring first.
_LOCKED = re.compile(r"(?<![a-z])(is|un)?lock(ed)?(?![a-z])|(?<!b)locked|dismissed", re.IGNORECASE)


class KeyringTrouble(FloorctlError):
    """The keyring did not do what was asked of it; what it holds is not known.

    ``error.keyring_unavailable`` (with its reason), ``…_none`` (there is none), ``…_locked``, ``…_silent`` (no answer),
    ``…_forgetful`` (it stores nothing, so that an empty answer means nothing).
    """


class _Ring(Protocol):
    """The part of the package keyring that is used."""

    def get_password(self, service: str, name: str) -> Any: ...
    def set_password(self, service: str, name: str, value: str) -> None: ...
    def delete_password(self, service: str, name: str) -> None: ...


def get(service: str, name: str, *, sure: bool = False) -> str | None:
    """Return what is stored under this name, None if nothing is.

    ``sure``: return None or an empty text only if the keyring has just stored and returned a test entry. Some return
    nothing while they are locked.

    Raises:
        KeyringTrouble: it can't be found out.

    """

    def work(ring: _Ring) -> str | None:
        stored = _text(ring.get_password(service, name))
        if not stored and sure and not _keeps(ring, service, f"{name} ({secrets.token_hex(4)})"):
            raise KeyringTrouble("error.keyring_unavailable_forgetful")
        return stored

    return _ask(work)


def is_open() -> bool:
    """Whether the keyring answers without asking anybody: it is the desktop's Secret Service, and it is unlocked.

    Only of that one can this be found out; any other may open a window, or ask on the terminal.

    Raises:
        KeyringTrouble: it does not answer.

    """

    def work(_ring: _Ring) -> bool:
        from keyring import get_keyring
        from secretstorage import Collection, dbus_init, get_collection_by_alias

        chosen = get_keyring()
        backends = getattr(chosen, "backends", [chosen])
        if not backends or any(type(each).__module__ not in _SECRET_SERVICE for each in backends):
            return False
        with contextlib.closing(dbus_init()) as bus:
            path = getattr(backends[0], "preferred_collection", None)
            # Asking for the default collection in the usual way would offer to make one where there is none.
            collection = Collection(bus, path) if path else get_collection_by_alias(bus, "default")
            return not collection.is_locked()

    return _ask(work)


def put(service: str, name: str, value: str) -> None:
    """Store ``value`` under this name.

    Raises:
        KeyringTrouble: it was not stored, or it can't be found out whether it was.

    """

    def work(ring: _Ring) -> None:
        ring.set_password(service, name, value)
        if _text(ring.get_password(service, name)) != value:
            raise KeyringTrouble("error.keyring_unavailable_forgetful")

    _ask(work, secret=value)


def drop(service: str, name: str) -> None:
    """Delete the entry with this name.

    Raises:
        KeyringTrouble: it is there still, or it can't be found out.

    """

    def work(ring: _Ring) -> None:
        try:
            ring.delete_password(service, name)
        except Exception:
            # An entry that is missing can't be deleted either; each back-end raises another error for it.
            if ring.get_password(service, name) is not None:
                raise

    _ask(work)


def _keeps(ring: _Ring, service: str, name: str) -> bool:
    ring.set_password(service, name, "?")
    stored = ring.get_password(service, name)
    with contextlib.suppress(Exception):
        ring.delete_password(service, name)
    return _text(stored) == "?"


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value is None or isinstance(value, str):
        return value
    raise KeyringTrouble("error.keyring_unavailable", reason=type(value).__name__)


class _Patience:
    """Time-outs of consecutive calls, which share the time of a single one."""

    def __init__(self) -> None:
        self._left, self._at = LIMIT, elapsed()

    def seconds(self) -> float:
        """Return the time-out of a call that begins now, in seconds."""
        self._left = min(LIMIT, self._left + elapsed() - self._at)
        self._at = elapsed()
        return max(_LEAST, self._left)

    def ended(self) -> None:
        """Record that the call has ended."""
        self._left -= elapsed() - self._at
        self._at = elapsed()


_patience = _Patience()


def _ask(work: Callable[[_Ring], T], *, secret: str = "") -> T:
    """Run ``work`` with the keyring, and wait a few seconds at most."""
    answers: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            # Choosing a back-end calls them all to see which ones work here, and may hang as well.
            import keyring

            answers.append(work(keyring))
        except BaseException as error:
            failures.append(error)

    modes, seconds = _TerminalModes(), _patience.seconds()
    thread = threading.Thread(target=run, name="floorctl-keyring", daemon=True)
    with _not_among_answers():
        thread.start()
        thread.join(seconds)
    _patience.ended()
    if failures:
        raise _trouble(failures[0], secret) from failures[0]
    if answers:
        return answers[0]
    modes.restore()
    raise KeyringTrouble("error.keyring_unavailable_silent")


def _trouble(error: BaseException, secret: str) -> KeyringTrouble:
    from keyring.errors import InitError, KeyringLocked, NoKeyringError

    if isinstance(error, KeyringTrouble):
        return error
    if isinstance(error, NoKeyringError | InitError):
        return KeyringTrouble("error.keyring_unavailable_none")
    message = _words(error)
    if isinstance(error, KeyringLocked) or _LOCKED.search(f"{type(error).__name__} {message}"):
        return KeyringTrouble("error.keyring_unavailable_locked")
    if secret:
        message = message.replace(secret, "…")
    reason = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return KeyringTrouble("error.keyring_unavailable", reason=reason[:_LONGEST_REASON])


def _words(error: BaseException) -> str:
    """Return the error's message in one line; empty if it can't be had."""
    try:
        return " ".join(str(error).split())
    except BaseException:
        return ""


def _not_among_answers() -> contextlib.AbstractContextManager[Any]:
    """Keep a back-end's output out of a command's standard output, which may be JSON.

    Only in the main thread, where a command waits: in a cockpit other threads may print meanwhile, which is caught
    there.
    """
    if threading.current_thread() is threading.main_thread():
        return contextlib.redirect_stdout(sys.stderr)
    return contextlib.nullcontext()


class _TerminalModes:
    """The modes of standard input at creation. Some back-ends prompt there and, abandoned, leave it without echo."""

    def __init__(self) -> None:
        self._modes: list[Any] | None = None
        with contextlib.suppress(Exception):
            self._modes = termios.tcgetattr(sys.stdin.fileno())

    def restore(self) -> None:
        """Restore the modes."""
        if self._modes is not None:
            with contextlib.suppress(Exception):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._modes)
