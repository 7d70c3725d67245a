"""Large digits that can be read from two metres away, made of block characters that every terminal font has."""

#: Character → its 5 rows of pixels.
_SHAPES = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", " # ", " # "),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ".": (" ", " ", " ", " ", "#"),
    "+": ("   ", " # ", "###", " # ", "   "),
    "-": ("   ", "   ", "###", "   ", "   "),
    "—": ("   ", "   ", "###", "   ", "   "),
}
#: (upper, lower) pixel → the character of the cell.
_HALVES = {("#", "#"): "█", ("#", " "): "▀", (" ", "#"): "▄", (" ", " "): " "}
#: Height (rows) of ``small`` and of ``large``.
SMALL_HIGH, LARGE_HIGH = 3, 5


def small(text: str) -> tuple[str, ...]:
    """Return ``text`` (digits, point, sign) as three rows; a cell has two pixels, one above the other."""
    rows = [*_pixels(text), ""]
    rows[-1] = " " * len(rows[0])
    return tuple(
        "".join(_HALVES[upper, lower] for upper, lower in zip(rows[at], rows[at + 1], strict=True)) for at in (0, 2, 4)
    )


def large(text: str) -> tuple[str, ...]:
    """Return ``text`` (digits, point, sign) as five rows; a pixel is two cells wide."""
    return tuple(row.replace(" ", "  ").replace("#", "██") for row in _pixels(text))


def _pixels(text: str) -> list[str]:
    return [" ".join(_SHAPES[char][row] for char in text if char in _SHAPES) for row in range(LARGE_HIGH)]
