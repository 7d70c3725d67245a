"""``login``, ``logout`` and ``whoami``: the session at the platform."""

from __future__ import annotations

import sys
from codecs import BOM_UTF16_LE
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command
from floorctl.cli.syncing import name_skipped_proxies
from floorctl.cli.typed_line import ask_line
from floorctl.errors import Exit, NotAllowedError, UsageError
from floorctl.files.text import decoded, with_plain_lines
from floorctl.i18n import t, term
from floorctl.process.streams import first_line

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

app = application()

_LONGEST_PASSWORD = 256


@command(app, "login")
def login(
    run: Invocation,
    employee_no: Annotated[
        str | None, typer.Option("--employee-no", metavar="NO", help="cli.option.employee_no")
    ] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="cli.option.password_stdin")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="cli.option.keep_password")] = False,
) -> Exit | None:
    """Sign in at the platform of floorctl.toml."""
    from floorctl.sync.keys.keyring import KeyringTrouble

    with closing(run.floor()) as floor:
        name_skipped_proxies(run.output, floor.config)
        number = employee_no or ask(t("cli.login.employee_no"), "--employee-no")
        try:
            floor.session.sign_in(number, password_asked(from_stdin=password_stdin), keep=keep)
        except KeyringTrouble:
            _say_who(run, floor)
            raise
        _say_who(run, floor)
    return None


@command(app, "logout")
def logout(run: Invocation) -> Exit | None:
    """Sign out; commands that wait to be sent are kept."""
    with closing(run.floor()) as floor:
        status = floor.status.connection()
        floor.session.sign_out()
        if run.output.json:
            run.output.document({"person": None, "waiting": status.waiting})
        else:
            run.output.answer(t("cli.logout.done"))
        if status.waiting:
            run.output.note(t("cli.logout.waiting", n=status.waiting))
    return None


@command(app, "whoami")
def whoami(run: Invocation) -> Exit | None:
    """Print who is signed in."""
    with closing(run.floor()) as floor:
        if floor.session.person is None:
            raise NotAllowedError("error.not_signed_in")
        _say_who(run, floor)
    return None


def _say_who(run: Invocation, floor: Floor) -> None:
    person = floor.session.person
    if person is None:
        raise NotAllowedError("error.not_signed_in")
    roles = sorted(person.roles)
    expires = Shapes(floor.config.zone).time(person.expires_at)
    document: dict[str, Any] = {
        "person_id": person.person_id,
        "name": person.name,
        "roles": roles,
        "floor": person.floor,
        "expires_at": expires,
        "platform": floor.config.platform.url,
    }
    if run.output.json:
        run.output.document(document)
        return
    words = t("cli.list_comma").join(term("role", role) for role in roles)
    until = person.expires_at.astimezone(floor.config.zone).strftime("%Y-%m-%d %H:%M")
    run.output.answer(t("cli.whoami", name=person.name, roles=words, floor=person.floor, until=until))


def password_asked(*, from_stdin: bool) -> str:
    password = _piped_line() if from_stdin else ask(t("cli.login.password"), "--password-stdin", hidden=True)
    if not password:
        raise UsageError("error.no_password")
    if len(password) > _LONGEST_PASSWORD:
        raise UsageError("error.password_too_long", most=_LONGEST_PASSWORD)
    return password


def _piped_line() -> str:
    """The first line of standard input, with or without byte order mark, in UTF-8 or UTF-16.

    Raises:
        UsageError: it can't be read, or is in another encoding than UTF-8, and the locale does not say which.
    """
    raw = first_line(4 * _LONGEST_PASSWORD)
    if raw.startswith(BOM_UTF16_LE) and raw.endswith(b"\n"):
        raw += b"\0"  # complete the UTF-16 line feed, which ``first_line`` cut at its first byte
    try:
        text = decoded(raw, t("cli.standard_input"), national=False)
    except UsageError as error:
        try:
            text = raw.decode(sys.stdin.encoding)
        except (UnicodeDecodeError, LookupError):
            raise error from None
    return with_plain_lines(text).partition("\n")[0]


def ask(question: str, option: str, *, hidden: bool = False) -> str:
    """Ask the person at the terminal.

    Raises:
        UsageError: there is no terminal (the message names ``option``); the input is in another encoding than the
            locale's, in several lines, or too long.
        Abort: they ended it.
    """
    if not sys.stdin.isatty():
        raise UsageError("error.nobody_to_ask", option=option)
    try:
        while not (line := ask_line(f"{question}: ", hidden=hidden)):
            pass
    except UnicodeDecodeError as error:
        raise UsageError("error.typed_not_text") from error
    except EOFError as error:
        raise typer.Abort from error
    except OSError as error:
        raise UsageError("error.nobody_to_ask", option=option) from error
    return line
