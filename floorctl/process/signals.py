"""The signals that end the program in order: begun work is cleaned up and the terminal restored."""

import signal

#: SIGQUIT too: ``Ctrl+\\`` where no cockpit receives the keys, and ``kill -QUIT``.
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
