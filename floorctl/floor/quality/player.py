"""Plays recordings with the configured program, which receives only the address."""

import shlex
import subprocess
from urllib.parse import urlsplit

from floorctl.errors import FloorctlError, UsageError


def play(player: str, url: str) -> None:
    """Start ``player`` (a command with its options) on ``url`` and return without waiting for it.

    No shell is involved. The address comes from the platform, so only http and https are allowed: it can't be a file of
    this machine, nor an option of the player.

    Raises:
        UsageError: ``error.no_player``: none is configured, or it can't be read as a command;
            ``error.recording_address``: the address is neither http nor https.
        FloorctlError: ``error.player_failed``.

    """
    try:
        command = shlex.split(player)
    except ValueError as error:
        raise UsageError("error.no_player") from error
    if not command:
        raise UsageError("error.no_player")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError("error.recording_address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or any(ord(char) <= 32 for char in url):
        raise UsageError("error.recording_address")
    try:
        subprocess.Popen(
            [*command, url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise FloorctlError("error.player_failed", player=command[0], reason=error.strerror or "") from error
