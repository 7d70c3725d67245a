"""``python -m floorctl`` and the installed ``floorctl``."""

import gc
import sys
import warnings

#: Allocations between two looks for garbage. Importing makes hundreds of thousands of objects that stay, and looking
#: through them again and again as they come takes a twentieth of the time to an answer or a first paint.
_BETWEEN_COLLECTIONS = 50_000


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_BETWEEN_COLLECTIONS)
    from floorctl.process.streams import secure

    if not sys.warnoptions:
        # What Python warns of (a task that was not begun when the cockpit ended) is for who writes the program, and a
        # terminal that takes nothing would have the end wait until it does.
        warnings.simplefilter("ignore")
    secure()  # before any file is opened that could take the place of one that is closed
    from floorctl.cli.app import run
    from floorctl.process.core_dumps import no_core_file

    no_core_file()

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
