"""Keyrings as people have them: locked, broken, mute. Plug-ins of the package keyring, also for another process."""

import sys
import termios
import threading
from typing import Any

from keyring.backend import KeyringBackend


class Kept(KeyringBackend):
    """A keyring in memory. ``broken``: what it raises meanwhile."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], Any] = {}
        self.broken: BaseException | None = None

    def _asked(self) -> None:
        if self.broken:
            raise self.broken

    def get_password(self, service: str, username: str) -> Any:
        self._asked()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._asked()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._asked()
        del self.kept[service, username]  # raises what it likes where there is none


class Shut(Kept):
    """Locked without a word while ``shut``: it gives nothing out and takes nothing in."""

    shut = False

    def get_password(self, service: str, username: str) -> Any:
        return None if self.shut else super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.shut:
            super().set_password(service, username, password)


class Mute(Kept):
    """Never answers while ``mute``."""

    mute = True

    def _asked(self) -> None:
        if self.mute:
            threading.Event().wait()


class AsksAtTheTerminal(KeyringBackend):
    """Turns the echo off and waits for a password that nobody types."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        modes = termios.tcgetattr(sys.stdin.fileno())
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, modes)
        threading.Event().wait()
        return None

    set_password = delete_password = get_password  # type: ignore[assignment]
