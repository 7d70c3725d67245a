"""The tables of the embedded platform (SQLite or PostgreSQL). Wall times: seconds since 1970, this machine's clock."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, text
from sqlmodel import Field, MetaData, SQLModel

metadata = MetaData()

_REMOVED = text("removed_at IS NOT NULL")


class _Served(SQLModel):
    metadata = metadata


class EntityRow(_Served, table=True):
    """The newest state of one entity; without a document it is removed.

    ``seq`` is its position in the feed. A removed entity that has left the feed keeps its row with ``seq`` None, so
    that its version still increases if the id is used again.
    """

    __tablename__ = "entity"
    __table_args__ = (
        Index("entity_seq", "seq", unique=True),
        Index("entity_kind_seq", "kind", "seq"),
        Index("entity_removed", "removed_at", sqlite_where=_REMOVED, postgresql_where=_REMOVED),
    )

    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    seq: int | None = Field(default=None, sa_column=Column(BigInteger))
    document: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    removed_at: float | None = None


class CounterRow(_Served, table=True):
    """``head``: the newest position in the feed. ``horizon``: the newest tombstone that has left it.

    A writing transaction locks the row of ``head``, so that positions are committed in their order.
    """

    __tablename__ = "counter"

    name: str = Field(primary_key=True)
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class SettingRow(_Served, table=True):
    """Single values as JSON: the epoch, the clock's anchor, how far the simulated floor has advanced."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AccountRow(_Served, table=True):
    """A person who may sign in. ``roles`` are separated by blanks; of the password only its Argon2 hash is stored."""

    __tablename__ = "account"

    employee_no: str = Field(primary_key=True)
    person_id: str
    roles: str
    password_hash: str


class SessionRow(_Served, table=True):
    """One signed-in session. Of the token only its SHA-256 is stored."""

    __tablename__ = "session"

    token_hash: str = Field(primary_key=True)
    employee_no: str
    terminal: str
    ends_at: float


class CommandRow(_Served, table=True):
    """A command that was applied, with its outcome; kept so that it is never applied twice."""

    __tablename__ = "command"
    __table_args__ = (Index("command_wall", "applied_wall"),)

    id: str = Field(primary_key=True)
    body_hash: str
    kind: str
    target_kind: str
    target_id: str
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    by: str
    terminal: str
    version: int | None = Field(default=None, sa_column=Column(BigInteger))
    applied_at: str
    applied_wall: float


class TerminalRow(_Served, table=True):
    """The newest audit-trail hash received from each terminal."""

    __tablename__ = "terminal"

    name: str = Field(primary_key=True)
    audit_head: str
    seen_at: float
