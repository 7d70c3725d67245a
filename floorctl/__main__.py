"""``python -m floorctl`` and the installed ``floorctl``."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from floorctl.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
