"""Compile the SQLModel tables of the terminal's two databases to the CREATE statements that the program reads."""

import sys
from collections.abc import Iterable

from sqlalchemy import MetaData
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, Table
from sqlalchemy.sql.elements import quoted_name

from floorctl.models.tables import cache, journal
from floorctl.sync.cache import generations
from floorctl.sync.schema import path_of


def cache_statements() -> list[str]:
    """Everything that a new cache.db needs."""
    statements: list[str] = []
    for name, table in cache.metadata.tables.items():
        twice = any(name == model.__tablename__ for model in cache.generational)
        for suffix in generations.BOTH if twice else ("",):
            statements += _create(table, f"{name}_{suffix}" if twice else name)
    # Bigrams are made by us, so the tokenizer has only to cut at spaces; without the text itself (the documents have
    # it), and able to forget one order without being given its old text.
    options = "content='', contentless_delete=1, tokenize='ascii'"
    statements += [
        f"CREATE VIRTUAL TABLE search_{suffix} USING fts5(text, latin, {options})" for suffix in generations.BOTH
    ]
    return statements


def journal_statements() -> list[str]:
    """Everything that a new journal.db needs."""
    return [text for name, table in journal.metadata.tables.items() for text in _create(table, name)]


def _create(table: Table, name: str) -> Iterable[str]:
    copy = table.to_metadata(MetaData(), name=name)
    yield _tidy(CreateTable(copy).compile(dialect=sqlite.dialect()))
    for index in sorted(copy.indexes, key=lambda index: str(index.name)):
        index.name = quoted_name(f"{name}_{index.name}", quote=None)
        yield _tidy(CreateIndex(index).compile(dialect=sqlite.dialect()))


def _tidy(statement: object) -> str:
    lines = str(statement).replace("\t", "    ").splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())


#: Database → its statements.
COMPILED = {"cache": cache_statements, "journal": journal_statements}


def as_file(statements: Iterable[str]) -> str:
    """The statements as they stand in the file."""
    return "".join(f"{statement};\n" for statement in statements)


def main() -> None:
    """Write the file of each database."""
    for name, statements in COMPILED.items():
        path_of(name).write_text(as_file(statements()), encoding="utf-8")
        print(f"{name}: {len(statements())} statements", file=sys.stderr)


if __name__ == "__main__":
    main()
