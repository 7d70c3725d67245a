"""Known limits of terminals' clipboards: which terminals accept nothing, and how much most of them accept.

The sequence that copies text to a terminal's clipboard (OSC 52) has no answer. Whether it was accepted cannot be
determined, but some terminals are known to ignore it, always or by default.
"""

from collections.abc import Mapping

#: Bytes of text for which the sequence has 100,000 characters: several terminals drop longer ones.
MOST_BYTES = 74_994
#: Terminals without a clipboard: consoles, and obsolete terminals.
_NO_CLIPBOARD = frozenset({"linux", "dumb", "unknown", "ansi", "cons25", "fbterm", "vt52"})


def obstacle(environment: Mapping[str, str]) -> str:
    """Return what blocks the clipboard: ``console``, ``tmux``, ``screen`` or ``vte``; empty if nothing known does.

    A multiplexer takes precedence: it decides whether the outer terminal receives the sequence.
    """
    kind = environment.get("TERM", "")
    if environment.get("TMUX") or kind.startswith("tmux"):
        return "tmux"
    if environment.get("STY") or kind.startswith("screen"):
        return "screen"
    if kind in _NO_CLIPBOARD or kind.startswith(("vt1", "vt2", "vt3")):
        return "console"
    return "vte" if environment.get("VTE_VERSION") else ""
