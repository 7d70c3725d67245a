"""Read the built pages as a browser does: what they link to is there, and what they load comes with them."""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Elements that a browser loads something for, rather than leading to it.
_LOADS = {"script", "img", "link", "iframe", "source", "object", "audio", "video", "image", "use"}


class _Page(HTMLParser):
    """The anchors of a page and what it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        #: (element, address)
        self.refers: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in the element's id and what it refers to."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if name in ("href", "src", "data") and value:
                self.refers.append((tag, value))


@cache
def _read(path: Path) -> _Page:
    return _Page(path.read_text("utf-8"))


def faults(site: Path) -> Iterator[str]:
    """Say which links lead nowhere, and what would be fetched from another host."""
    for path in sorted(site.rglob("*.html")):
        if path.name == "404.html":
            continue  # served for any address: its links are absolute
        for element, address in _read(path).refers:
            wrong = _wrong(path, element, address)
            if wrong:
                yield f"{path.relative_to(site)}: {wrong} {address}"


def _wrong(path: Path, element: str, address: str) -> str | None:
    """What is wrong with this address, if anything."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return "fetched from elsewhere:" if element in _LOADS and parts.scheme != "data" else None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return "nothing is at"
    anchor = unquote(parts.fragment)
    if anchor and target.suffix == ".html" and not anchor.startswith("__") and anchor not in _read(target).ids:
        return "no such heading:"
    return None
