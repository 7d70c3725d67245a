"""The platform's refusals: RFC 9457 problem bodies, for every status that the contract knows."""

import math

import msgspec
from starlette.responses import Response

from floorctl.i18n import t
from floorctl.simulator.store.feed_page import Sent
from floorctl.sync.platform.wire import FieldError


class _Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    type: str
    title: str
    status: int
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    current: Sent | None = None


class ProblemResponse(Exception):
    """Raised for a request that is refused. ``detail`` is a catalogue key; ``retry_after`` is in seconds."""

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        errors: tuple[FieldError, ...] = (),
        current: Sent | None = None,
        retry_after: float | None = None,
        headers: dict[str, str] | None = None,
        **params: object,
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.current = current
        self.headers = dict(headers or {})
        self.params = params
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"

    def response(self) -> Response:
        """Return the HTTP response."""
        body = _Problem(
            type="about:blank",
            title=t(f"platform.problem.{self.status}"),
            status=self.status,
            detail=None if self.detail is None else t(self.detail, **self.params),
            errors=self.errors,
            current=self.current,
        )
        return Response(
            msgspec.json.encode(body), self.status, headers=self.headers, media_type="application/problem+json"
        )
