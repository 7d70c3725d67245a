"""Numbers drawn in one line: a sparkline and a bar."""

from collections.abc import Sequence
from fractions import Fraction

from floorctl.text.numbers import whole

_STEPS = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[float], width: int) -> str:
    """Return the last ``width`` of ``values`` as blocks whose heights are the shares of the largest of them."""
    shown = list(values[-width:])
    top = max(shown, default=0)
    if top <= 0:
        return _STEPS[0] * len(shown)
    return "".join(_STEPS[min(7, int(value / top * 8))] if value > 0 else _STEPS[0] for value in shown)


def bar(share: Fraction | float | None, width: int) -> tuple[str, str]:
    """Return the full and the empty part of a bar of ``width`` cells; ``share`` None is drawn empty."""
    full = 0 if share is None else max(0, min(width, whole(share * width)))
    return "█" * full, "░" * (width - full)
