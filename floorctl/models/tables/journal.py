"""The tables of journal.db: what the people here did. Never rebuilt, so a change here needs a migration step."""

from sqlalchemy import Column, Index, Integer, LargeBinary, text
from sqlmodel import Field, MetaData, SQLModel

metadata = MetaData()

_UNDECIDED, _OVER = text("undecided = 1"), text("undecided = 0")


class _Journalled(SQLModel):
    metadata = metadata


class CommandRow(_Journalled, table=True):
    """One command and where it stands. Times are RFC 3339; ``data`` and ``problem`` are JSON; ``body`` is what is sent.

    ``place`` is its turn among the commands on the same entity: its own ``seq``, or that of the one it replaces.
    ``undecided``: on its way, waiting for a person, or applied and not yet seen in the feed. ``before`` (JSON) is
    what it replaced, where it can be taken back; ``undoes`` is the id of the command that it takes back.
    """

    __tablename__ = "command"
    __table_args__ = (
        # What has just been made is in few indexes: each is a page more to encrypt and write before it is durable.
        Index("turn", "place", "seq", "state", sqlite_where=_UNDECIDED),
        Index("target", "target_kind", "target_id", "undecided", "place"),
        Index("over", "state", "seq", sqlite_where=_OVER),
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
    before: bytes | None = None
    undoes: str | None = None


class EventRow(_Journalled, table=True):
    """What happened to a command, and when (seconds since 1970, this machine's clock). Rows are only ever added."""

    __tablename__ = "event"

    seq: int | None = Field(default=None, primary_key=True)
    command_seq: int
    at: float
    what: str
    detail: str | None = None


class AuditRow(_Journalled, table=True):
    """One entry of the audit trail: when (seconds since 1970, this machine's clock), who, what, about what.

    ``detail`` is JSON. ``command_seq`` and ``row`` are the command that it is about and the digest of that row as the
    act left it; ``event_seq`` is the event that it tells of. ``hash`` covers all of these and the entry before.
    """

    __tablename__ = "audit"
    __table_args__ = (
        # What is counted against a day's limits, many times a minute.
        Index("uses", "what", "at", sqlite_where=text("what IN ('reveal', 'export')")),
    )

    seq: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    at: float
    who: str
    what: str
    subject_kind: str
    subject_id: str
    detail: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    command_seq: int | None = None
    row: bytes | None = None
    event_seq: int | None = None
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DraftRow(_Journalled, table=True):
    """A form that someone has begun and not sent: its kind, what it is about, whose it is. ``data`` is JSON."""

    __tablename__ = "draft"

    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    saved_at: str
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SettingRow(_Journalled, table=True):
    """Small things that this terminal has to remember, as JSON: who is signed in, among them."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
