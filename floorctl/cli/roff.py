"""Text in the language of manual pages (roff, with the macros ``man``)."""

from __future__ import annotations

from floorctl.text.wrap import pieces

#: Characters on a line of the page's source.
_WIDTH = 80
_BACKSLASH, _DASH = "\\(rs", "\\-"


def escaped(text: str) -> str:
    """``text`` as it is to be printed, on one line of the page; between Chinese characters it may be broken."""
    text = " ".join(text.split()).replace("\\", _BACKSLASH).replace("-", _DASH)
    parts = list(pieces(text))
    broken = "".join(part if part.endswith(" ") or part is parts[-1] else f"{part}\\:" for part in parts)
    return f"\\&{broken}" if broken.startswith((".", "'")) else broken


def prose(text: str) -> str:
    """``text`` as ``escaped``, on several lines of the page, which are filled anew when it is printed."""
    lines, line = [], ""
    for word in escaped(text).split(" "):
        if line and len(line) + len(word) >= _WIDTH:
            lines.append(line)
            line = f"\\&{word}" if word.startswith((".", "'")) else word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def bold(text: str) -> str:
    """``text`` in bold: what is typed as it stands."""
    return f"\\fB{escaped(text)}\\fR"


def italic(text: str) -> str:
    """``text`` in italics: what something else is typed for."""
    return f"\\fI{escaped(text)}\\fR"


def heading(macro: str, text: str) -> str:
    """A heading of a section (``SH``) or of a part of one (``SS``)."""
    return f'.{macro} "{escaped(text).replace(chr(34), chr(92) + "(dq")}"'


def entry(title: str, *paragraphs: str) -> list[str]:
    """A titled entry of a list; ``title`` is roff already, ``paragraphs`` are text."""
    first, *others = [prose(each) for each in paragraphs] or ["\\&"]
    return [".TP", title, first, *(line for each in others for line in (".IP", each))]


def example(lines: list[str]) -> list[str]:
    """Lines as they are typed."""
    return [".EX", *(escaped_line(line) for line in lines), ".EE"]


def escaped_line(line: str) -> str:
    """A line whose blanks are kept."""
    escaped_text = line.replace("\\", _BACKSLASH).replace("-", _DASH)
    return f"\\&{escaped_text}" if escaped_text.startswith((".", "'")) else escaped_text
