"""The tables of journal.db: what the people here did. Never rebuilt, so a change here needs a migration step."""

from sqlalchemy import Column, Index, Integer, LargeBinary, text
from sqlmodel import Field, MetaData, SQLModel

metadata = MetaData()

_UNDECIDED = text("undecided = 1")


class _Journalled(SQLModel):
    metadata = metadata


class CommandRow(_Journalled, table=True):
    """One command and where it stands. Times are RFC 3339; ``data`` and ``problem`` are JSON; ``body`` is what is sent.

    ``place`` is its turn among the commands on the same entity: its own ``seq``, or that of the one it replaces.
    ``undecided``: on its way, waiting for a person, or applied and not yet seen in the feed.
    """

    __tablename__ = "command"
    __table_args__ = (
        Index("turn", "place", "seq", sqlite_where=_UNDECIDED),
        Index("target", "target_kind", "target_id", "place", sqlite_where=_UNDECIDED),
        Index("state", "state", "seq"),
        # A number is never given twice, so that "after" can't come to mean another command.
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    place: int
    id: str = Field(unique=True)
    kind: str
    target_kind: str
    target_id: str
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    made_at: str
    made_by: str
    automatic: int
    audit_head: str | None = None
    base_version: int | None = None
    saw_version: int | None = None
    after: int | None = None
    state: str
    undecided: int
    attempts: int
    body: bytes | None = None
    stands_on: int | None = None
    outcome_version: int | None = None
    applied_at: str | None = None
    settled_at: float | None = None
    problem: bytes | None = None
    reason: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None


class EventRow(_Journalled, table=True):
    """What happened to a command, and when (seconds since 1970, this machine's clock). Rows are only ever added."""

    __tablename__ = "event"
    __table_args__ = (Index("of_command", "command_seq", "seq"),)

    seq: int | None = Field(default=None, primary_key=True)
    command_seq: int
    at: float
    what: str
    detail: str | None = None


class SettingRow(_Journalled, table=True):
    """Small things that this terminal has to remember, as JSON: who is signed in, among them."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
