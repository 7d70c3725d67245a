"""Memory of a program that runs for weeks: garbage collection, and returning freed memory to the system."""

import gc
from functools import lru_cache
from typing import Any

#: Allocations until the first collection, and between later ones. Importing makes hundreds of thousands of objects that
#: stay: collecting while they come takes a twentieth of the time to the first paint and of a command that reads.
_STARTING, _RUNNING = 1_000_000, 50_000


def collect_as_starting() -> None:
    """Collect no garbage before a program has allocated what most commands never do; then as ``collect_as_running``."""
    gc.set_threshold(_STARTING)
    gc.callbacks.append(_after_first_collection)


def _after_first_collection(phase: str, _info: dict[str, int]) -> None:
    if phase == "stop":
        collect_as_running()


def collect_as_running() -> None:
    """Collect garbage as is right for a program that works: more rarely than Python does by default."""
    gc.set_threshold(_RUNNING)
    if _after_first_collection in gc.callbacks:
        gc.callbacks.remove(_after_first_collection)


def settle() -> None:
    """Exclude all present objects from garbage collection (``gc.freeze``), so that a collection takes a few ms.

    To be called once, after the program has been imported and built.
    """
    gc.collect()
    gc.freeze()


def give_back() -> bool:
    """Collect garbage and return freed memory to the system; False if the C library cannot do that (glibc can).

    Reference cycles are collected only after millions of allocations, and fragment the heap until then. The allocator
    keeps freed memory in each thread's heap: what one large page of the feed or the change of day used would stay
    allocated.
    """
    gc.collect()
    trim = _trim()
    return trim is not None and bool(trim(0) in (0, 1))


@lru_cache(maxsize=1)
def _trim() -> Any:
    import ctypes  # not needed by most commands

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return trim
