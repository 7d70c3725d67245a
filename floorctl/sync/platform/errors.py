"""The errors of requests to the platform, and the rules that tell them apart.

An answer counts only if it conforms to the contract: a proxy's page, a captive portal's redirect or another command's
outcome is ``BrokenAnswer``, never a refusal, so that no command is given up because of an answer from elsewhere.
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
    """A request to the platform brought no valid answer."""


class Unreachable(PlatformError):
    """No answer: refused, unreachable, name not found, reset, cut off, or too slow. ``why`` is for logs.

    ``sent``: there was a connection, and the platform may have received the request.
    """

    def __init__(self, why: str = "", key: str = "error.network_unreachable", *, sent: bool = False) -> None:
        super().__init__(key)
        self.why = why
        self.sent = sent


class Untrusted(Unreachable):
    """The certificate does not prove that this is the platform; ``key`` says what is wrong with it."""

    def __init__(self, why: str = "", key: str = "error.network_untrusted") -> None:
        super().__init__(why, key)


class TryLater(PlatformError):
    """The platform answers "not now" (408, 425, 429, 5xx). ``retry_after`` in seconds, None if not named."""

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__("error.network_try_later")
        self.status = status
        self.retry_after = retry_after


class Expired(PlatformError):
    """410: the cursor is too old or of another platform; the feed has to be read from its beginning."""

    def __init__(self) -> None:
        super().__init__("error.network_cursor_expired")


class Unauthorized(PlatformError):
    """401: not, or no longer, signed in. ``token`` is the rejected one."""

    exit_code = Exit.NOT_ALLOWED

    def __init__(self, token: str | None = None) -> None:
        super().__init__("error.network_signed_out")
        self.token = token


class ProblemAnswer(PlatformError):
    """A refusal with its problem document: 400, 403, 404, 409, 413, 422 and other 4xx."""

    exit_code = Exit.REFUSED

    def __init__(self, status: int, problem: wire.Problem) -> None:
        super().__init__("error.network_problem", title=problem.title)
        self.status = status
        self.problem = problem


class BrokenAnswer(PlatformError):
    """An answer that does not conform to the contract. ``reason``: html, redirect, json, large or other."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"error.network_broken_{reason}")
        self.reason = reason


def raise_for(
    status: int, headers: Mapping[str, str], body: bytes, token: str | None, offset: timedelta | None = None
) -> NoReturn:
    """Raise the error for an unsuccessful answer to a request with ``token``.

    ``offset`` is how far the platform's clock is ahead of this machine's, None if not known.

    Raises:
        TryLater: 408, 425, 429 and 5xx, whoever sent them.
        Unauthorized, Expired, ProblemAnswer: 4xx with the contract's problem document.
        BrokenAnswer: anything else: a redirect, an unknown kind of success, a 4xx from an intermediary.

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
    """Check that a success declares itself to be JSON.

    Raises:
        BrokenAnswer: it does not; a proxy's or portal's page answers 200 with HTML.

    """
    if content_type(headers) not in _JSON_TYPES:
        raise BrokenAnswer("html")


def content_type(headers: Mapping[str, str]) -> str:
    """Return the media type of an answer, without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _problem(status: int, headers: Mapping[str, str], body: bytes) -> wire.Problem:
    if content_type(headers) not in _JSON_TYPES:
        raise BrokenAnswer("html")
    try:
        return wire.problem_decoder.decode(body)
    except (msgspec.DecodeError, RecursionError):
        pass
    # The platform did refuse; an invalid field in its explanation must not turn that into "ask again".
    try:
        document: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BrokenAnswer("json") from error
    if not isinstance(document, dict) or not isinstance(document.get("title"), str):
        raise BrokenAnswer("json")
    detail = document.get("detail")
    return wire.Problem(title=document["title"], status=status, detail=detail if isinstance(detail, str) else None)
