"""Requests to a platform on the loopback interface, made by hand.

What httpx does for others costs more than the request: it reads the proxies of the environment and, for every client
anew, some hundred certificates of authorities. Here nobody is behind TLS.
"""

from typing import Any

import httpx


def client(url: str = "", token: str | None = None, **options: Any) -> httpx.Client:
    """A client of the platform at ``url``, with the token of somebody who is signed in."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.Client(
        **{"base_url": url, "headers": headers, "timeout": 20, **options}, trust_env=False, verify=False
    )


def request(method: str, url: str, **given: Any) -> httpx.Response:
    """One request, by a connection of its own."""
    with client() as once:
        return once.request(method, url, **given)
