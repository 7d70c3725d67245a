"""What is known of the clipboards of terminals: which of them take nothing, and how much most of them take.

The sequence that hands text to a terminal's clipboard (OSC 52) has no answer. Whether it was taken can't be known, but
of some terminals it is known that they don't, as they are or as they are set by default.
"""

from collections.abc import Mapping

#: Bytes of text of which the sequence is 100,000 characters long: several terminals drop a longer one.
MOST_BYTES = 74_994
#: Terminals with no clipboard at all: consoles, and those that nobody has built for long.
_NO_CLIPBOARD = frozenset({"linux", "dumb", "unknown", "ansi", "cons25", "fbterm", "vt52"})


def obstacle(environment: Mapping[str, str]) -> str:
    """What keeps text from the clipboard here: ``console``, ``tmux``, ``screen`` or ``vte``; empty where nothing known.

    A multiplexer comes first: it decides whether the terminal around it sees anything.
    """
    kind = environment.get("TERM", "")
    if environment.get("TMUX") or kind.startswith("tmux"):
        return "tmux"
    if environment.get("STY") or kind.startswith("screen"):
        return "screen"
    if kind in _NO_CLIPBOARD or kind.startswith(("vt1", "vt2", "vt3")):
        return "console"
    return "vte" if environment.get("VTE_VERSION") else ""
