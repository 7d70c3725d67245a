"""The system's keyring, asked so that whatever it does is one of a few answers, within seconds.

It is other people's program, behind a plug-in that anybody may have written: it raises what it likes, opens a window
that nobody sees, or never answers. So it is asked in a thread of its own that nothing waits for longer than that, not
even the end of this process. That a keyring holds nothing is believed only of one that keeps what it is given.
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

#: Seconds for which an answer is waited for, and for which at least where the one before has used them up.
LIMIT = 3.0
_LEAST = 0.5
_LONGEST_REASON = 160
#: What the names and words of errors have in common that a back-end raises where somebody has to unlock it first.
_LOCKED = re.compile(r"(?<![a-z])(is|un)?lock(ed)?(?![a-z])|(?<!b)locked|dismissed", re.IGNORECASE)


class KeyringTrouble(FloorctlError):
    """The keyring did not do what was asked of it; what it holds is not known.

    ``error.keyring_unavailable`` (it says why), ``…_none`` (there is none), ``…_locked``, ``…_silent`` (no answer),
    ``…_forgetful`` (it keeps nothing, and so says nothing by giving nothing out).
    """


class _Ring(Protocol):
    """What is used of the package keyring."""

    def get_password(self, service: str, name: str) -> Any: ...
    def set_password(self, service: str, name: str, value: str) -> None: ...
    def delete_password(self, service: str, name: str) -> None: ...


def get(service: str, name: str, *, sure: bool = False) -> str | None:
    """What is kept under this name, None where nothing is.

    ``sure``: nothing, or an empty text, only from a keyring that has just kept something else. Some give nothing out
    while they are locked.

    Raises:
        KeyringTrouble: it can't be told.

    """

    def work(ring: _Ring) -> str | None:
        found = _text(ring.get_password(service, name))
        if not found and sure and not _keeps(ring, service, f"{name} ({secrets.token_hex(4)})"):
            raise KeyringTrouble("error.keyring_unavailable_forgetful")
        return found

    return _ask(work)


def put(service: str, name: str, value: str) -> None:
    """Keep ``value`` under this name.

    Raises:
        KeyringTrouble: it was not kept, or it can't be told whether it was.

    """

    def work(ring: _Ring) -> None:
        ring.set_password(service, name, value)
        if _text(ring.get_password(service, name)) != value:
            raise KeyringTrouble("error.keyring_unavailable_forgetful")

    _ask(work, secret=value)


def drop(service: str, name: str) -> None:
    """Keep nothing under this name any more.

    Raises:
        KeyringTrouble: it is there still, or it can't be told.

    """

    def work(ring: _Ring) -> None:
        try:
            ring.delete_password(service, name)
        except Exception:
            # What was not there can't be deleted either, and each of them says so in its own way.
            if ring.get_password(service, name) is not None:
                raise

    _ask(work)


def _keeps(ring: _Ring, service: str, name: str) -> bool:
    ring.set_password(service, name, "?")
    kept = ring.get_password(service, name)
    with contextlib.suppress(Exception):
        ring.delete_password(service, name)
    return _text(kept) == "?"


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value is None or isinstance(value, str):
        return value
    raise KeyringTrouble("error.keyring_unavailable", reason=type(value).__name__)


class _Patience:
    """How long the next answer may take: calls that follow each other share what one may."""

    def __init__(self) -> None:
        self._left, self._at = LIMIT, elapsed()

    def seconds(self) -> float:
        """For the call that begins now."""
        self._left = min(LIMIT, self._left + elapsed() - self._at)
        self._at = elapsed()
        return max(_LEAST, self._left)

    def ended(self) -> None:
        """The call is over."""
        self._left -= elapsed() - self._at
        self._at = elapsed()


_patience = _Patience()


def _ask(work: Callable[[_Ring], T], *, secret: str = "") -> T:
    """Do ``work`` with the keyring, and wait for it no longer than for a few seconds."""
    answers: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            # Choosing a back-end asks them all whether they work here, and may hang as well.
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
    said = _words(error)
    if isinstance(error, KeyringLocked) or _LOCKED.search(f"{type(error).__name__} {said}"):
        return KeyringTrouble("error.keyring_unavailable_locked")
    if secret:
        said = said.replace(secret, "…")
    reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return KeyringTrouble("error.keyring_unavailable", reason=reason[:_LONGEST_REASON])


def _words(error: BaseException) -> str:
    """What the error says in one line; nothing where it can't even do that."""
    try:
        return " ".join(str(error).split())
    except BaseException:
        return ""


def _not_among_answers() -> contextlib.AbstractContextManager[Any]:
    """Keeps what a back-end prints out of a command's standard output, which may be JSON.

    Only where a command waits in the main thread: beside a cockpit others may print meanwhile, which is caught there.
    """
    if threading.current_thread() is threading.main_thread():
        return contextlib.redirect_stdout(sys.stderr)
    return contextlib.nullcontext()


class _TerminalModes:
    """Of standard input, as they are now. Some back-ends ask there, and leave it without echo where nobody waits."""

    def __init__(self) -> None:
        self._modes: list[Any] | None = None
        with contextlib.suppress(Exception):
            self._modes = termios.tcgetattr(sys.stdin.fileno())

    def restore(self) -> None:
        """Make them what they were."""
        if self._modes is not None:
            with contextlib.suppress(Exception):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._modes)
