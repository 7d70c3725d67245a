"""Makes clients of the configured platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from floorctl.config import Config
    from floorctl.sync.platform.client import Client


def platform_client(config: Config, token: str | None = None) -> Client:
    """Return a new client of the configured platform, which the caller closes; ``token``: of a session there.

    Raises:
        UsageError: ``error.no_platform``, an address to which a password must not be sent, or a certificate file that
            can't be read.

    """
    from floorctl.sync.platform.client import Client  # imports httpx, which commands that only read do without

    return Client(
        config.platform.url,
        timeout=config.platform.timeout,
        ca_file=config.platform.ca_file,
        token=token,
        terminal=config.terminal.name,
    )
