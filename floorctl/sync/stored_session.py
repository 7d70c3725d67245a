"""A session at the platform as this terminal stores it."""

import msgspec

from floorctl.models.base import Time
from floorctl.sync.platform import wire


class StoredSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, at which platform. ``token`` is None if they signed in while it could not be reached."""

    token: str | None
    person_id: str
    name: str
    roles: tuple[str, ...]
    floor: str
    expires_at: Time
    platform: str
    employee_no: str = ""

    def is_of(self, platform: str) -> bool:
        """Whether it is a session at the platform with this address."""
        return self.platform.rstrip("/") == platform.rstrip("/")

    def token_for(self, platform: str) -> str | None:
        """Return the token for ``platform``, None if another platform issued it."""
        return self.token if self.is_of(platform) else None

    @classmethod
    def of(cls, signed_in: wire.Session, platform: str, employee_no: str, token: str | None = None) -> "StoredSession":
        """Return what is stored of a session; ``token`` is used if the answer has none."""
        return cls(
            token=signed_in.token or token,
            person_id=signed_in.person_id,
            name=signed_in.name,
            roles=signed_in.roles,
            floor=signed_in.floor,
            expires_at=signed_in.expires_at,
            platform=platform,
            employee_no=employee_no,
        )
