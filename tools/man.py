"""Write the manual page in both languages, where the package takes it from."""

from pathlib import Path

from floorctl.cli.man import page
from floorctl.i18n import LANGUAGES, use_language

FOLDER = Path(__file__).resolve().parent.parent / "man"
#: Language → its page. English is what ``man`` shows where the reader's language has none.
PAGES = {
    language: FOLDER / ("floorctl.1" if language == "en" else f"{folder}/floorctl.1")
    for language, folder in LANGUAGES.items()
}


def made(language: str) -> str:
    """Return the page in one language."""
    use_language(language)
    return page()


def main() -> None:
    """Write the pages."""
    for language, path in PAGES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made(language), "utf-8")


if __name__ == "__main__":
    main()
