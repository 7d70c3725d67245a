"""``python -m floorctl`` and the installed ``floorctl``."""

import sys
import warnings


def main() -> None:
    """Run the command line and leave with its exit code."""
    from floorctl.process import memory
    from floorctl.process.streams import secure

    memory.collect_as_starting()

    if not sys.warnoptions:
        # What Python warns of (a task that was not begun when the cockpit ended) is for who writes the program, and a
        # terminal that takes nothing would have the end wait until it does.
        warnings.simplefilter("ignore")
    secure()  # before any file is opened that could take the place of one that is closed
    from floorctl.cli.run import run
    from floorctl.process.core_dumps import no_core_file

    no_core_file()

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
