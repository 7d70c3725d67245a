"""What a new database of the terminal's is made with.

The statements are compiled from ``floorctl.models.tables`` by ``make schema`` and kept as files: a terminal that starts
for the first time does not wait for SQLAlchemy to say them again.
"""

from pathlib import Path


def path_of(database: str) -> Path:
    """The file with the statements of ``database``: ``cache`` or ``journal``."""
    return Path(__file__).with_name(f"{database}.sql")


def statements(database: str) -> list[str]:
    """The CREATE statements that a new ``database`` needs, in their order."""
    return [each.strip() for each in path_of(database).read_text("utf-8").split(";\n") if each.strip()]
