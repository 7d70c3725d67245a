"""The statements that make the terminal's databases.

They are compiled from ``floorctl.models.tables`` by ``make schema`` and kept as files, so that a terminal's first start
does not load SQLAlchemy.
"""

from pathlib import Path


def path_of(database: str) -> Path:
    """Return the path of the file with the statements of ``database``: ``cache`` or ``journal``."""
    return Path(__file__).with_name(f"{database}.sql")


def statements(database: str) -> list[str]:
    """Return the CREATE statements of a new ``database``, in order."""
    return [statement.strip() for statement in path_of(database).read_text("utf-8").split(";\n") if statement.strip()]
