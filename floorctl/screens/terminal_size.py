"""How large the terminal is now, which is not always what was last said of it.

A signal says that the size changed, never to what: one that is lost (a multiplexer, a stopped program) leaves the old
picture standing, and of many that wait while a picture is drawn only the last still says how large the terminal is.
"""

import shutil
from typing import Any

from textual.app import App
from textual.geometry import Size


def size_now(app: App[Any]) -> Size | None:
    """Columns and rows of the terminal that ``app`` draws on.

    None where asking the system says nothing: there is no terminal, or it tells its sizes itself, in its input.
    """
    if app.is_headless or app.is_web or app.supports_smooth_scrolling:
        return None
    size = Size(*shutil.get_terminal_size((0, 0)))
    return size if size.area else None
