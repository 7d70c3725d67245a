"""Search for orders by any two characters of their text: an index of bigrams, filled in the background.

Text is normalised (width, case) and split at whatever is neither letter, digit nor symbol; each run becomes its
overlapping pairs of characters, in order, so that a phrase of pairs matches exactly a part of the text. A run ends with
its last character alone, so that a single character can be found as the beginning of a pair. Pairs of digits occur in
every order, so numbers are slow to find by them; Latin runs are stored a second time, in fours.
"""

# ruff: noqa: S608  what is put into statements is a generation's letter and names from here; values are bound

import json
import re
from collections.abc import Iterable
from unicodedata import category, normalize

import msgspec

from floorctl.rules.privacy import without_citizen
from floorctl.sync.sqlite import Connection

#: Most hits of a search: nobody reads further, and finding more would no longer take milliseconds.
MOST_HITS = 1000
#: Newest orders whose number and title are read for a search that the index can't answer (one character).
_LOOKED_THROUGH = 2000
_LONGEST_QUERY = 200


#: A name or a number that was masked; also what is left of it identifies.
_MASKED = re.compile(r"[0-9]*\*+[0-9Xx]*|\w\*\*")
_LATIN = re.compile(r"[\x00-\x7f]{4,}")
#: Between two runs, so that no phrase matches across them.
_BREAK = "¦"


class _Citizen(msgspec.Struct):
    name: str | None = None
    phone: str | None = None
    id_no: str | None = None
    address: str | None = None


class _Searched(msgspec.Struct):
    """The fields of an order that are searched."""

    number: str
    title: str
    content: str = ""
    region: str | None = None
    result: str | None = None
    problem: str | None = None
    citizen: _Citizen | None = None
    confidential: bool = False


_decoder = msgspec.json.Decoder(_Searched)


class _Separators(dict[int, int | None]):
    """A table for str.translate that classifies each character once: separators become spaces."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        ascii_symbol = code < 128 and not char.isalnum()
        kept = code if not ascii_symbol and category(char)[0] not in "ZCP" else 32
        self[code] = kept
        return kept


_separators = _Separators()


def _runs(text: str) -> list[str]:
    return normalize("NFKC", text).casefold().translate(_separators).split()


def bigrams(text: str) -> str:
    """Return ``text`` as the index stores it: pairs of characters, separated by spaces, each run's last one alone."""
    return " ".join(run[at : at + 2] for run in _runs(text) for at in range(len(run)))


def fours(text: str) -> str:
    """Return the Latin runs of ``text`` (mostly digits) as the index stores them: every four characters of each."""
    runs = [piece for run in _runs(text) for piece in _LATIN.findall(run)]
    return f" {_BREAK} ".join(_grams(run, 4) for run in runs)


def _grams(run: str, size: int) -> str:
    return " ".join(run[at : at + size] for at in range(len(run) - size + 1))


def match_expression(query: str) -> str | None:
    """Return the query as an FTS5 expression, None if the index can't answer it; no character is read as syntax."""
    runs = _runs(query[:_LONGEST_QUERY])
    if not any(len(run) > 1 for run in runs):
        return None
    return " AND ".join(_phrase(run) for run in runs)


def _phrase(run: str) -> str:
    if len(run) == 1:
        return f'text : "{run}"*'
    if _LATIN.fullmatch(run):
        return f'latin : "{_grams(run, 4)}"'
    return f'text : "{_grams(run, 2)}"'


def searched_text(document: bytes) -> str:
    """Return the searchable text of an order.

    That of a confidential one has nothing that identifies the citizen: whoever found it by a name would know whose it
    is.
    """
    order = _decoder.decode(document)
    citizen = order.citizen or _Citizen()
    if order.confidential:
        texts = (order.title, order.content, order.region, order.result, order.problem)
        return "\n".join([order.number, *(_without(text, citizen.name) for text in texts if text)])
    parts: Iterable[str | None] = (
        order.number, order.title, order.content, order.region, order.result, order.problem,
        citizen.name, citizen.phone, citizen.id_no, citizen.address,
    )  # fmt: skip
    return "\n".join(part for part in parts if part)


def _without(text: str, name: str | None) -> str:
    """Return a text of a confidential order without the numbers and the citizen's name in it."""
    return _MASKED.sub(" ", without_citizen(text, name))


def find(db: Connection, generation: str, query: str) -> list[int]:
    """Return the keys of the newest orders, at most ``MOST_HITS``, that have ``query`` in their text."""
    expression = match_expression(query)
    if expression is None:
        return _look_through(db, generation, query)
    rows = db.execute(
        f"SELECT rowid FROM search_{generation} WHERE search_{generation} MATCH ? ORDER BY rowid DESC LIMIT ?",
        (expression, MOST_HITS),
    )
    return [row[0] for row in rows]


def goes_on(db: Connection, generation: str, query: str) -> bool:
    """Whether there are more hits than ``find`` returns."""
    expression = match_expression(query)
    if expression is None:
        sql, values = f"SELECT 1 FROM order_document_{generation} LIMIT 1 OFFSET ?", (_LOOKED_THROUGH,)
        return bool(query.strip()) and db.execute(sql, values).fetchone() is not None
    sql = f"SELECT 1 FROM search_{generation} WHERE search_{generation} MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?"
    return db.execute(sql, (expression, MOST_HITS)).fetchone() is not None


def _look_through(db: Connection, generation: str, query: str) -> list[int]:
    wanted = normalize("NFKC", query).casefold().strip()
    if not wanted:
        return []
    rows = db.execute(
        f"SELECT key, document FROM order_document_{generation} ORDER BY key DESC LIMIT ?",
        (_LOOKED_THROUGH,),
    )
    found = []
    for key, document in rows:
        order = _decoder.decode(document)
        name = order.citizen.name if order.citizen is not None else None
        title = _without(order.title, name) if order.confidential else order.title
        if wanted in normalize("NFKC", f"{order.number}\n{title}").casefold():
            found.append(key)
    return found


def index_some(db: Connection, generation: str, limit: int) -> int:
    """Add up to ``limit`` more orders to the index; return how many are left. Call it inside a transaction."""
    last = _last_indexed(db, generation)
    changed = db.execute(f"SELECT key FROM reindex_{generation} LIMIT ?", (limit,)).fetchall()
    again = [key for (key,) in changed]
    _index(
        db,
        generation,
        db.execute(
            f"SELECT key, document FROM order_document_{generation}"
            " WHERE key IN (SELECT value FROM json_each(?)) AND key <= ?",
            (json.dumps(again), last),
        ).fetchall(),
    )
    db.executemany(f"DELETE FROM reindex_{generation} WHERE key = ?", changed)
    fresh = db.execute(
        f"SELECT key, document FROM order_document_{generation} WHERE key > ? ORDER BY key LIMIT ?",
        (last, limit - len(again)),
    ).fetchall()
    _index(db, generation, fresh)
    if fresh:
        last = fresh[-1][0]
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"indexed_{generation}", str(last)))
    return remaining(db, generation)


def remaining(db: Connection, generation: str) -> int:
    """Return how many orders are not in the index yet, or only in an older version."""
    (newest,) = db.execute(f"SELECT coalesce(max(key), 0) FROM order_document_{generation}").fetchone()
    (changed,) = db.execute(f"SELECT count(*) FROM reindex_{generation}").fetchone()
    return int(max(newest - _last_indexed(db, generation), 0) + changed)


def progress(db: Connection, generation: str) -> tuple[int, int]:
    """Return how many orders are in the index, and how many there are."""
    # From the tally: counting a million documents would read them all, and every page of a search asks for it.
    (orders,) = db.execute(f"SELECT coalesce(sum(orders), 0) FROM order_tally_{generation}").fetchone()
    return max(int(orders) - remaining(db, generation), 0), int(orders)


def _last_indexed(db: Connection, generation: str) -> int:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (f"indexed_{generation}",)).fetchone()
    return int(row[0]) if row else 0


def _index(db: Connection, generation: str, rows: list[tuple[int, bytes]]) -> None:
    texts = ((key, searched_text(document)) for key, document in rows)
    db.executemany(
        f"INSERT OR REPLACE INTO search_{generation} (rowid, text, latin) VALUES (?, ?, ?)",
        [(key, bigrams(text), fours(text)) for key, text in texts],
    )
