"""What can come of asking the platform, as a small set of exceptions, and the rules that tell them apart.

An answer counts only where it is our contract's: a proxy's page, a captive portal's redirect or another command's
outcome is ``BrokenAnswer``, never a refusal, so that nothing that a person did is given up on a stranger's word.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

import msgspec

from floorctl.errors import Exit, FloorctlError
from floorctl.sync.platform import wire
from floorctl.sync.platform.retry import retry_after

_LATER = frozenset({408, 425, 429})
_JSON_TYPES = ("application/problem+json", "application/json")


class PlatformError(FloorctlError):
    """Asking the platform did not bring the answer."""


class Unreachable(PlatformError):
    """No answer: refused, unreachable, name not found, reset, cut off, or too slow. ``why`` is for logs.

    ``sent``: there was a connection, and the platform may have heard what was said.
    """

    def __init__(self, why: str = "", key: str = "error.network_unreachable", *, sent: bool = False) -> None:
        super().__init__(key)
        self.why = why
        self.sent = sent


class Untrusted(Unreachable):
    """The platform's certificate does not prove that it is the platform; ``key`` says what is wrong with it."""

    def __init__(self, why: str = "", key: str = "error.network_untrusted") -> None:
        super().__init__(why, key)


class TryLater(PlatformError):
    """The platform is there and says not now (408, 425, 429, 5xx). ``retry_after`` in seconds, None if not named."""

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__("error.network_try_later")
        self.status = status
        self.retry_after = retry_after


class Expired(PlatformError):
    """410: the cursor is too old or of another platform; the feed has to be read from its beginning."""

    def __init__(self) -> None:
        super().__init__("error.network_cursor_expired")


class Unauthorized(PlatformError):
    """401: not, or no longer, signed in. ``token`` is the one that was turned away."""

    exit_code = Exit.NOT_ALLOWED

    def __init__(self, token: str | None = None) -> None:
        super().__init__("error.network_signed_out")
        self.token = token


class ProblemAnswer(PlatformError):
    """The platform's reasoned no: 400, 403, 404, 409, 413, 422 and other 4xx, with its problem document."""

    exit_code = Exit.REFUSED

    def __init__(self, status: int, problem: wire.Problem) -> None:
        super().__init__("error.network_problem", title=problem.title)
        self.status = status
        self.problem = problem


class BrokenAnswer(PlatformError):
    """An answer that is not our contract's. ``reason`` is one of html, redirect, json, large, other."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"error.network_broken_{reason}")
        self.reason = reason


def raise_for(
    status: int, headers: Mapping[str, str], body: bytes, token: str | None, offset: timedelta | None = None
) -> NoReturn:
    """Raise what an answer to a request with ``token`` means that is not a success.

    ``offset`` is how far the platform's clock is ahead of this machine's, as far as that is known.

    Raises:
        TryLater: 408, 425, 429 and 5xx, whoever sent them.
        Unauthorized, Expired, ProblemAnswer: 4xx that the contract's problem document vouches for.
        BrokenAnswer: anything else: a redirect, a success of an unknown kind, a 4xx from somebody in between.

    """
    if status in _LATER or status >= 500:
        raise TryLater(status, retry_after(headers.get("retry-after"), headers.get("date"), offset))
    if 300 <= status < 400:
        raise BrokenAnswer("redirect")
    if status < 400:
        raise BrokenAnswer("other")
    problem = _problem(status, headers, body)
    if status == 401:
        raise Unauthorized(token)
    if status == 410:
        raise Expired
    raise ProblemAnswer(status, problem)


def require_json(headers: Mapping[str, str]) -> None:
    """Make sure that a success claims to be JSON.

    Raises:
        BrokenAnswer: it does not; a proxy's or portal's page answers 200 with HTML.

    """
    if content_type(headers) not in _JSON_TYPES:
        raise BrokenAnswer("html")


def content_type(headers: Mapping[str, str]) -> str:
    """The media type of an answer, without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _problem(status: int, headers: Mapping[str, str], body: bytes) -> wire.Problem:
    if content_type(headers) not in _JSON_TYPES:
        raise BrokenAnswer("html")
    try:
        return wire.problem_decoder.decode(body)
    except (msgspec.DecodeError, RecursionError):
        pass
    # The platform did say no; a field of its explanation that breaks the contract must not turn that into "ask again".
    try:
        document: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BrokenAnswer("json") from error
    if not isinstance(document, dict) or not isinstance(document.get("title"), str):
        raise BrokenAnswer("json")
    detail = document.get("detail")
    return wire.Problem(title=document["title"], status=status, detail=detail if isinstance(detail, str) else None)
