"""The tables of cache.db. Those in ``generational`` exist twice, once per generation.

This module is the single source of the schema. It is imported only where a cache is created (importing sqlmodel takes
most of a second); queries are plain SQL over these names.
"""

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field, MetaData, SQLModel

metadata = MetaData()


class _Cached(SQLModel):
    metadata = metadata


def _columns(*names: str) -> tuple[str, ...]:
    """Return ``names`` followed by the columns that lists filter by, so that an index covers the query."""
    return (
        *names, "handled", "to_dispatch", "to_call_back", "stuck", "repetition", "state", "line", "urgency",
        "department",
    )  # fmt: skip


class Meta(_Cached, table=True):
    """Single values: the live generation, each generation's cursor, and whose data this is."""

    __tablename__ = "meta"

    name: str = Field(primary_key=True)
    value: str


class Word(_Cached, table=True):
    """Integer codes for the words that orders are filtered by; they keep the indexes narrow."""

    __tablename__ = "word"

    code: int = Field(primary_key=True)
    text: str = Field(unique=True)


class SetAside(_Cached, table=True):
    """Entities that violate the contract, with the reason for the newest violating version."""

    __tablename__ = "set_aside"

    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int
    reason: str


class EntityRow(_Cached, table=True):
    """All kinds but orders: the document as it was sent. ``scope``, ``starts`` and ``ends`` (seconds since 1970) are
    set only for kinds that are queried by time: quarter hours, shifts, samples, scores and missed calls.
    """

    __tablename__ = "entity"
    __table_args__ = (
        Index("identity", "kind", "id", unique=True),
        Index("by_time", "kind", "scope", "starts", sqlite_where=text("starts IS NOT NULL")),
    )

    key: int = Field(primary_key=True)
    kind: str
    id: str
    version: int
    scope: str | None = None
    starts: float | None = None
    ends: float | None = None
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Tombstone(_Cached, table=True):
    """Removed entities and the version of the removal, so that an older copy that arrives late is ignored."""

    __tablename__ = "tombstone"

    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int


class OrderRow(_Cached, table=True):
    """The columns that orders are found, sorted, filtered and scored by; times are seconds since 1970.

    ``limit_at`` is infinite for an order without a limit and for a repetition, which has none by itself.
    ``dispatch_due_at`` is set only while the order waits for dispatch. ``required_at``: when an order that needs a
    call-back was handled. ``late_from``: when its dispatch clock ran out or will. ``faults``: bits for problem, review,
    dispatch, call-back. ``stuck``: a number of what waits for our decision, 0 for nothing; ``stuck_at``: what these are
    listed by. ``caller``: a number for the phone, the same for all orders of one caller. ``parent``: the id of the
    order that this one repeats; ``repetition``: 1 if there is one. ``category``, ``region``: codes of words.
    ``sent_at``, ``signed_after`` (working seconds) and ``traits``: what the departments are compared by, see
    ``floorctl.rules.orders.departments``.
    """

    __tablename__ = "order_row"
    __table_args__ = (
        Index("identity", "id", unique=True),
        Index("number", *_columns("number")),
        Index("received", *_columns("received_at")),
        Index("time_limit", *_columns("limit_at")),
        Index("open", *_columns("limit_at"), sqlite_where=text("handled = 0")),
        Index("to_dispatch", *_columns("limit_at"), sqlite_where=text("to_dispatch <> 0")),
        Index("dispatch", *_columns("dispatch_due_at"), sqlite_where=text("dispatch_due_at IS NOT NULL")),
        Index("callback", *_columns("received_at"), sqlite_where=text("to_call_back = 1")),
        # By what they wait for, then by the time that these are listed by.
        Index(
            "stuck",
            "stuck",
            "stuck_at",
            *(each for each in _columns() if each != "stuck"),
            sqlite_where=text("stuck <> 0"),
        ),
        Index("caller", "caller", "received_at", sqlite_where=text("caller IS NOT NULL")),
        Index("parent", "parent", sqlite_where=text("parent IS NOT NULL")),
        Index(
            "sent",
            "department",
            "sent_at",
            "signed_after",
            "traits",
            "handled",
            "limit_at",
            sqlite_where=text("sent_at IS NOT NULL"),
        ),
        Index("came_back", "dispatched_at", sqlite_where=text("traits & 128")),
        # Partial indexes of the orders that cost points in the month's score.
        Index("late", "late_from", sqlite_where=text("late_from IS NOT NULL")),
        Index("problem", "received_at", sqlite_where=text("faults & 1")),
        Index("review_error", "reviewed_at", sqlite_where=text("faults & 2")),
        Index("wrong_dispatch", "dispatched_at", sqlite_where=text("faults & 4")),
        Index("missed_callback", "required_at", sqlite_where=text("faults & 8")),
    )

    key: int = Field(primary_key=True)
    id: str
    version: int
    number: str
    received_at: float
    reviewed_at: float | None = None
    dispatched_at: float | None = None
    required_at: float | None = None
    late_from: float | None = None
    faults: int
    limit_at: float
    dispatch_due_at: float | None = None
    handled: int
    to_dispatch: int
    to_call_back: int
    stuck: int
    repetition: int
    state: int
    line: int
    urgency: int
    department: int
    type: int
    agent: int
    category: int
    region: int
    stuck_at: float | None = None
    caller: int | None = None
    parent: str | None = None
    sent_at: float | None = None
    signed_after: float | None = None
    traits: int


class OrderDocument(_Cached, table=True):
    """The order as it was sent; separate from its row, so that rows are stored densely."""

    __tablename__ = "order_document"

    key: int = Field(primary_key=True)
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class OrderTally(_Cached, table=True):
    """Number of orders per combination of filter values, so that no list has to count a million rows."""

    __tablename__ = "order_tally"

    handled: int = Field(primary_key=True)
    to_dispatch: int = Field(primary_key=True)
    to_call_back: int = Field(primary_key=True)
    stuck: int = Field(primary_key=True)
    repetition: int = Field(primary_key=True)
    state: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    urgency: int = Field(primary_key=True)
    department: int = Field(primary_key=True)
    orders: int


class OrderEvent(_Cached, table=True):
    """Number of orders per day (ordinal, in the floor's zone) and event, for the month's score."""

    __tablename__ = "order_event"

    day: int = Field(primary_key=True)
    event: int = Field(primary_key=True)
    orders: int


class Reindex(_Cached, table=True):
    """Keys of orders that changed after they were added to the search index."""

    __tablename__ = "reindex"

    key: int = Field(primary_key=True)


generational = (EntityRow, Tombstone, OrderRow, OrderDocument, OrderTally, OrderEvent, Reindex)
