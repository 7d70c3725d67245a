"""The commands: which module holds which, and how a command line finds its own.

A command's module is imported only when that command is run, so that ``floorctl status`` loads no other's code.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from floorctl.cli import parser
from floorctl.cli.help import LocalisedGroup, no_such_command, usage_error
from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import command_of
from floorctl.errors import Exit, UsageError
from floorctl.i18n import t

#: Command → its module under ``floorctl.cli``, in the order of the help.
COMMANDS = {
    "demo": "demo",
    "platform": "platform.serve",
    "login": "login",
    "logout": "login",
    "whoami": "login",
    "sync": "sync",
    "status": "status",
    "seats": "seats.list",
    "queues": "queues",
    "orders": "orders.list",
    "order": "orders.order",
    "departments": "orders.departments",
    "views": "views",
    "alerts": "alerts.list",
    "urge": "orders.acts",
    "dispatch": "orders.acts",
    "review": "orders.acts",
    "callback": "orders.acts",
    "problem": "orders.acts",
    "missed": "orders.missed",
    "ack": "alerts.acts",
    "step": "alerts.acts",
    "close": "alerts.acts",
    "inspect": "quality.inspect",
    "skills": "seats.acts",
    "seat-state": "seats.acts",
    "listen": "seats.acts",
    "pauses": "seats.acts",
    "message": "seats.acts",
    "assess": "assessment.assess",
    "export": "export.export",
    "handover": "handover.handover",
    "undo": "undo",
    "outbox": "outbox",
    "audit": "audit",
    "doctor": "doctor.doctor",
    "config": "configuration",
    "backup": "backup",
    "restore": "restore",
    "rekey": "rekey",
    "wipe": "wipe",
    "completion": "completion.command",
    "man": "man",
}


class Commands(LocalisedGroup):
    """The top-level group: imports a command's module when the command is first used."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and build one command, and keep it.

        Raises:
            UsageError: there is none with this name.
        """
        if cmd_name not in COMMANDS:
            raise no_such_command(cmd_name, COMMANDS)
        if cmd_name not in self.commands:
            module = import_module(f"floorctl.cli.{COMMANDS[cmd_name]}")
            self.commands[cmd_name] = command_of(module.app, cmd_name)
        return self.commands[cmd_name]

    def summaries(self, ctx: typer.Context) -> list[tuple[str, str]]:
        """The name and one line of help of each command, without importing any."""
        return [(name, t(f"cli.{name}.help").partition("\n")[0]) for name in COMMANDS]


def build() -> TyperGroup:
    """Build the top-level command in the current language."""
    app = parser.application(cls=Commands, help="cli.help", invoke_without_command=True)
    parser.group(app, body=_without_command, top=True)
    return typer.main.get_group(app)


def _without_command(
    run: Invocation, command: str | None, *, read_only: bool = False, cycle: str | None = None
) -> Exit | None:
    if command is not None:
        if read_only or cycle is not None:
            raise UsageError("error.read_only_alone")
        return None
    from floorctl.cli.cockpit import open_cockpit, wall_seconds

    return open_cockpit(run, wall_seconds(read_only=read_only, cycle=cycle))


def execute(arguments: Sequence[str], invocation: Invocation) -> Any:
    """Parse one command line and run its command; return what the command returned.

    Raises:
        UsageError: the command line is wrong, in the catalogue's words.
        FloorctlError: raised by the command.
        KeyboardInterrupt: a question was left unanswered.
    """
    try:
        return build().main(args=list(arguments), prog_name="floorctl", standalone_mode=False, obj=invocation)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except Exception as error:
        if (wrong := usage_error(error)) is not None:
            raise wrong from error
        raise
