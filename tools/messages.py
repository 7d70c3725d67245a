"""Compile the catalogues: every area's .po of a language becomes one floorctl.mo beside them."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "floorctl" / "locale"
#: The date in the header of every compiled catalogue: the same texts make the same file.
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def merged(language: str) -> Catalog:
    """Return all areas of ``language`` in one catalogue.

    Raises:
        SystemExit: two areas define the same key.
    """
    whole = Catalog(locale=language, project="floorctl", creation_date=_CREATED)
    for source in sorted((LOCALE / language / "LC_MESSAGES").glob("*.po")):
        with source.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id:
                    continue
                if message.id in whole:
                    raise SystemExit(f"{source}: {message.id} is defined twice")
                whole.add(message.id, message.string)
    return whole


def main() -> None:
    """Write the compiled catalogues of every language."""
    for folder in sorted(LOCALE.iterdir()):
        catalogue = merged(folder.name)
        with (folder / "LC_MESSAGES" / "floorctl.mo").open("wb") as file:
            write_mo(file, catalogue)
        print(f"{folder.name}: {len(catalogue)} texts", file=sys.stderr)


if __name__ == "__main__":
    main()
