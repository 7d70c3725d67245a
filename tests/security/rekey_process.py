"""A process that changes the key of a data folder, to be killed: by itself after a step, or by whoever started it.

    python -m tests.security.rekey_process FOLDER WHERE OLD NEW [STEP]

``WHERE`` is where the key is and will be, ``OLD`` and ``NEW`` the passphrases, ``STEP`` the name of a function, and at
which of its ends it is killed (``write_marker 2``). Without a step it waits for a line of input before it begins.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from floorctl.sync.keys import keys, rekey
from floorctl.sync.keys.data_key import data_key

#: Files that the steps are functions of.
_OURS = {keys.__file__, rekey.__file__}


def killed_at(step: str) -> None:
    """Kill this process when the function ``step`` returns (``"name 2"``: for the second time)."""
    name, _, nth = step.partition(" ")
    ended = 0

    def end(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal ended
        if event == "return" and frame.f_code.co_name == name and frame.f_code.co_filename in _OURS:
            ended += 1
            if ended == int(nth or 1):
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(end)


def main() -> None:
    folder, where, old, new, *step = sys.argv[1:]
    key = data_key(Path(folder), where, lambda _new: old)
    print("ready", flush=True)
    if step:
        killed_at(step[0])
    else:
        sys.stdin.readline()
    rekey.rekey(Path(folder), where, key, lambda _new: new)
    print("done", flush=True)


if __name__ == "__main__":
    main()
