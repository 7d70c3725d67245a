"""``doctor``: check this terminal, and say what to do about problems."""

from __future__ import annotations

from floorctl.cli.doctor.checks import Check, examine
from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command
from floorctl.errors import Exit
from floorctl.i18n import t

app = application()

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}


@command(app, "doctor")
def doctor(run: Invocation) -> Exit:
    """Run all checks; a failed one is exit code 1."""
    found: list[Check] = []
    for check in examine(run):
        found.append(check)
        if not run.output.json:
            _show(run, check)
    failed = any(check.level == "fail" for check in found)
    if run.output.json:
        checks = [{"check": each.name, "level": each.level, "message": each.sentence()} for each in found]
        run.output.document({"ok": not failed, "checks": checks})
    return Exit.ERROR if failed else Exit.DONE


def _show(run: Invocation, check: Check) -> None:
    from rich.text import Text

    from floorctl.text.safe import visible

    mark, style = _MARKS[check.level]
    name = t(f"cli.doctor.{check.name}")
    run.output.styled(
        Text(f"{mark} ", style=style) + Text(t("cli.doctor.line", name=name, says=visible(check.sentence())))
    )
