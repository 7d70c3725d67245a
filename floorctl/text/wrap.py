"""Lines of plain text for a terminal whose lines a person copies: no word is broken, however long it is."""

from collections.abc import Iterator

from rich.cells import cell_len

#: Punctuation that may not begin a line.
_CLOSING = frozenset("，。；：、！？）》」』”’,.;:!?)]}")
#: The first character of those that are two cells wide, between which a line may be broken.
_FIRST_WIDE = 0x2E80


def wrap(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` cells, broken at spaces and between Chinese characters.

    A word longer than ``width`` gets a line of its own, which is longer.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in pieces(paragraph):
            if line and cell_len(line + piece.rstrip()) > width:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return lines


def pieces(paragraph: str) -> Iterator[str]:
    """Yield the parts of ``paragraph`` that are never broken: a word, or a Chinese character, with what follows it."""
    piece = ""
    for char in paragraph:
        after_space = piece.endswith(" ")
        beside_wide = ord(char) >= _FIRST_WIDE or (piece != "" and ord(piece[-1]) >= _FIRST_WIDE)
        if piece and char != " " and (after_space or (beside_wide and char not in _CLOSING)):
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece
