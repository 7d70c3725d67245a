"""Which signals ask the program to end: in order, with what was begun cleaned up and the terminal as it was found."""

import signal

#: SIGQUIT too (``Ctrl+\\`` where no cockpit has the keys, ``kill -QUIT``).
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
