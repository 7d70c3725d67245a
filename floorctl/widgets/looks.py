"""Colours and glyphs of the cockpit: safe for the colour-blind, readable in 16 colours, never the only sign.

The hues are Okabe and Ito's set, lightened for a dark background; each is used together with a glyph and a word.
"""

from rich.style import Style
from textual.theme import Theme

GROUND = "#10151c"
PANEL = "#171e27"

TEXT = Style(color="#d5dde6")
STRONG = Style(color="#f2f6fa", bold=True)
#: Secondary text: labels, units, fixed times.
QUIET = Style(color="#7f8c9b")
FAINT = Style(color="#55606e")
#: A running time that has stopped because the terminal is offline.
STALE = Style(color="#7f8c9b", dim=True)

SKY = Style(color="#6cb8f0")
GREEN = Style(color="#3ecf9e")
AMBER = Style(color="#f0b93a")
RED = Style(color="#ff7a59")
PINK = Style(color="#d99bc4")
LILAC = Style(color="#a9b1e8")

WARNING = Style(color="#f0b93a", bold=True)
ALERT = Style(color="#1a0d08", bgcolor="#ff7a59", bold=True)
CURSOR = Style(bgcolor="#2b4058")
#: The cursor of a list without the focus.
CURSOR_AWAY = Style(bgcolor="#202b38")
MARKED = Style(color="#f0e05a", bold=True)
HEADER = Style(color="#93a1b1", bold=True)
TITLE = Style(color="#10151c", bgcolor="#6cb8f0", bold=True)

#: None is amber or red: those colours mean that a limit is passed.
SEAT_STATES = {
    "ready": GREEN,
    "ringing": SKY,
    "talking": SKY,
    "hold": PINK,
    "outbound": SKY,
    "wrap_up": LILAC,
    "signed_out": FAINT,
}
SEVERITIES = {"critical": ALERT, "warning": WARNING, "notice": SKY}
SEVERITY_GLYPHS = {"critical": "‼", "warning": "▲", "notice": "·"}
LIMIT_GLYPHS = {"warning": "▲", "alert": "‼"}


def seat_style(state: str) -> Style:
    """Return the colour of a seat's state; grey for states that take no calls."""
    return SEAT_STATES.get(state, QUIET)


#: Colours for the style sheets, under Textual's names.
THEME = Theme(
    name="floor",
    primary="#6cb8f0",
    secondary="#a9b1e8",
    warning="#f0b93a",
    error="#ff7a59",
    success="#3ecf9e",
    accent="#d99bc4",
    foreground="#d5dde6",
    background=GROUND,
    surface=GROUND,
    panel=PANEL,
    dark=True,
    variables={"border": "#33414f", "input-cursor-background": "#f2f6fa", "footer-background": PANEL},
)
