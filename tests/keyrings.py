"""Keyrings in memory: one that works, and locked, forgetful, silent and prompting ones, as people have them.

They are plug-ins of the package keyring, which another process can be told to use by their names.
"""

import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keyring
from keyring.backend import KeyringBackend


class MemoryKeyring(KeyringBackend):
    """A keyring that works, unless ``error`` is set: every call then raises it."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], Any] = {}
        self.error: BaseException | None = None

    def _called(self) -> None:
        if self.error:
            raise self.error

    def get_password(self, service: str, username: str) -> Any:
        self._called()
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._called()
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._called()
        del self.passwords[service, username]  # KeyError, which is none of keyring's errors, if there is none


class ForgetfulKeyring(MemoryKeyring):
    """Takes every password and keeps none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class LockedKeyring(MemoryKeyring):
    """While ``locked``, returns no password and keeps none, without an error."""

    locked = False

    def get_password(self, service: str, username: str) -> Any:
        return None if self.locked else super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.locked:
            super().set_password(service, username, password)


class SilentKeyring(MemoryKeyring):
    """Never answers while ``silent``."""

    silent = True

    def _called(self) -> None:
        if self.silent:
            threading.Event().wait()


class PromptingKeyring(KeyringBackend):
    """Turns the terminal's echo off and waits for a password that nobody types."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        modes = termios.tcgetattr(sys.stdin.fileno())
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, modes)
        threading.Event().wait()
        return None

    set_password = delete_password = get_password  # type: ignore[assignment]


@contextmanager
def as_system_keyring(backend: MemoryKeyring) -> Iterator[MemoryKeyring]:
    """Have this process use ``backend`` as the system's keyring inside the block."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield backend
    finally:
        keyring.set_keyring(before)
