"""The files of a floor, opened beside it, as another process of its terminal has them open.

What is put there reaches the floor when it is told (``Live.take_in``, ``Live.take_connection_status``), as it is told
of what its own sync or another window of the terminal has put there; what it puts there itself is seen at once.
"""

from pathlib import Path

from floorctl.calendar import WorkCalendar
from floorctl.floor.alerts.watch import Watch
from floorctl.floor.floor import Floor
from floorctl.floor.read_model import ReadModel
from floorctl.sync.cache.cache import Cache
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.pace import USUAL, Pace

_opened: dict[Path, tuple[Journal, Cache]] = {}


def journal_of(floor: Floor) -> Journal:
    """What was done at the terminal of ``floor``, who is signed in there, and what is typed."""
    return _beside(floor)[0]


def cache_of(floor: Floor) -> Cache:
    """What the platform has told the terminal of ``floor``."""
    return _beside(floor)[1]


def read_model_of(floor: Floor) -> ReadModel:
    """What ``floor`` itself holds in memory."""
    return floor.names._read_model


def watch_of(floor: Floor, pace: Pace = USUAL) -> Watch:
    """The alert rules of ``floor``, run by hand."""
    return floor.live.make_watch(pace)


def _beside(floor: Floor) -> tuple[Journal, Cache]:
    folder = floor.data_dir
    if folder not in _opened:
        key = data_key(folder, floor.config.terminal.key)
        calendar = WorkCalendar(floor.config.zone)
        _opened[folder] = Journal.open(folder / "journal.db", key), Cache.open(folder / "cache.db", key, calendar)
    return _opened[folder]


def close_all() -> None:
    """Close what the test that has ended has opened."""
    while _opened:
        _, (journal, cache) = _opened.popitem()
        journal.close()
        cache.close()
