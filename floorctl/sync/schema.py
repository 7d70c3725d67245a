"""CREATE statements, compiled from the SQLModel tables. Imported only when a database is created or migrated."""

from collections.abc import Iterable

from sqlalchemy import MetaData
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, Table
from sqlalchemy.sql.elements import quoted_name

#: The two sets of tables that take turns in holding what is shown and what is being fetched anew.
GENERATIONS = ("a", "b")


def cache_statements() -> list[str]:
    """Everything that a new cache.db needs."""
    from floorctl.models.tables import cache

    statements: list[str] = []
    for name, table in cache.metadata.tables.items():
        twice = any(name == model.__tablename__ for model in cache.generational)
        for suffix in GENERATIONS if twice else ("",):
            statements += _create(table, f"{name}_{suffix}" if twice else name)
    # Bigrams are made by us, so the tokenizer has only to cut at spaces; without the text itself (the documents have
    # it), and able to forget one order without being given its old text.
    options = "content='', contentless_delete=1, tokenize='ascii'"
    statements += [f"CREATE VIRTUAL TABLE search_{suffix} USING fts5(text, latin, {options})" for suffix in GENERATIONS]
    return statements


def journal_statements() -> list[str]:
    """Everything that a new journal.db needs."""
    from floorctl.models.tables import journal

    return [text for name, table in journal.metadata.tables.items() for text in _create(table, name)]


def _create(table: Table, name: str) -> Iterable[str]:
    copy = table.to_metadata(MetaData(), name=name)
    yield str(CreateTable(copy).compile(dialect=sqlite.dialect()))
    for index in sorted(copy.indexes, key=lambda index: str(index.name)):
        index.name = quoted_name(f"{name}_{index.name}", quote=None)
        yield str(CreateIndex(index).compile(dialect=sqlite.dialect()))
