"""The tables of journal.db: what people did at this terminal. Never rebuilt: every change needs a migration step."""

from sqlalchemy import Column, Index, Integer, LargeBinary, text
from sqlmodel import Field, MetaData, SQLModel

metadata = MetaData()

_UNDECIDED, _OVER = text("undecided = 1"), text("undecided = 0")


class _Journalled(SQLModel):
    metadata = metadata


class CommandRow(_Journalled, table=True):
    """One command and its state. Times are RFC 3339; ``data`` and ``problem`` are JSON; ``body`` is the request body.

    ``place`` orders the commands on one entity: the command's own ``seq``, or that of the command it replaces.
    ``undecided``: in progress, parked, or applied and not yet seen in the feed. ``before`` (JSON): what the command
    replaced, if it can be taken back; ``undoes``: the id of the command that it takes back.
    """

    __tablename__ = "command"
    __table_args__ = (
        # A new command is in few indexes: each costs one more page to encrypt and write before it is durable.
        Index("turn", "place", "seq", "state", sqlite_where=_UNDECIDED),
        Index("target", "target_kind", "target_id", "undecided", "place"),
        Index("over", "state", "seq", sqlite_where=_OVER),
        # AUTOINCREMENT: a number is never reused, so ``after`` cannot come to mean another command.
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
    """An event in a command's life and its time (seconds since 1970, this machine's clock). Rows are only added."""

    __tablename__ = "event"

    seq: int | None = Field(default=None, primary_key=True)
    command_seq: int
    at: float
    what: str
    detail: str | None = None


class AuditRow(_Journalled, table=True):
    """One entry of the audit trail: when (seconds since 1970, this machine's clock), who, what, about which subject.

    ``detail`` is JSON. ``command_seq`` and ``row``: the command concerned and the digest of its row after the act;
    ``event_seq``: the event that the entry records. ``hash`` covers all of these and the previous entry.
    """

    __tablename__ = "audit"
    __table_args__ = (
        # For the day's limits, which are counted many times a minute.
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
    """A form that a person has begun and not sent: its kind, subject and person. ``data`` is JSON."""

    __tablename__ = "draft"

    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    saved_at: str
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SettingRow(_Journalled, table=True):
    """Small values of this terminal as JSON, such as who is signed in."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
