"""Keeping the process's memory off the disk and away from the same user's other programs."""

import sys

_PR_SET_DUMPABLE = 4


def no_core_file() -> None:
    """Disable core files for crashes of this process and its children."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # a system without core files, or one that forbids them already


def not_dumpable() -> None:
    """On Linux: pass no core to a crash handler, and let no other program of this user read memory or environment.

    For the cockpit, which keeps data in memory all day. Cost: the import of ctypes, and access to ``/proc/self/fd``.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
