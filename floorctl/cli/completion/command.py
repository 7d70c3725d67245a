"""``completion SHELL``: the script by which a shell completes the program's command lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from floorctl.cli.completion.lines import SHELLS
from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command
from floorctl.cli.words import one_of
from floorctl.errors import Exit

app = application()

_SCRIPTS = Path(__file__).parent / "scripts"


@command(app, "completion")
def completion(
    run: Invocation,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="cli.argument.completion_shell")],
) -> Exit | None:
    """Print the completion script of a shell."""
    chosen = one_of(shell, "shell", SHELLS, "SHELL")
    run.output.file((_SCRIPTS / f"floorctl.{chosen}").read_text("utf-8"))
    return None
