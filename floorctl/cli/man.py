"""``man``: the manual page floorctl(1), made of the same commands and texts as the help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from floorctl import __version__
from floorctl.cli.completion import values
from floorctl.cli.help import TargetFirst, words_of
from floorctl.cli.invocation import Invocation
from floorctl.cli.parameters import argument_name
from floorctl.cli.parser import application, command
from floorctl.cli.roff import bold, entry, escaped, example, heading, italic, prose
from floorctl.cli.words import word_of
from floorctl.errors import Exit
from floorctl.i18n import t

app = application()

#: The day of the last release, which the page is dated by: the same release makes the same page.
_RELEASED = "2026-11-30"
_ENVIRONMENT = (
    ("config", "FLOORCTL_CONFIG"),
    ("data_dir", "FLOORCTL_DATA_DIR"),
    ("passphrase", "FLOORCTL_PASSPHRASE_FILE"),
    ("proxy", "https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY"),
    ("no_proxy", "no_proxy, NO_PROXY"),
    ("certificates", "SSL_CERT_FILE, SSL_CERT_DIR"),
    ("no_color", "NO_COLOR"),
    ("wide", "VTE_CJK_WIDTH, RUNEWIDTH_EASTASIAN"),
    ("columns", "COLUMNS"),
)
_FILES = (
    ("here", "./floorctl.toml"),
    ("config", "~/.config/floorctl/floorctl.toml"),
    ("cache", "~/.local/share/floorctl/cache.db"),
    ("journal", "~/.local/share/floorctl/journal.db"),
    ("key", "~/.local/share/floorctl/data.key"),
    ("log", "~/.local/share/floorctl/floorctl.log"),
)
#: Each with its catalogue key and the lines that are typed.
_EXAMPLES = (
    ("demo", "floorctl demo"),
    ("start", "floorctl config init", "floorctl login", "floorctl"),
    ("urge", "floorctl orders --overdue --line 12345", 'floorctl urge 2026030500012 --level 2 --note "TEXT"'),
    ("json", "floorctl seats --state ready --json | jq -r '.items[].number'"),
    ("completion", "source <(floorctl completion bash)"),
)


@command(app, "man")
def man(run: Invocation) -> Exit | None:
    """Print the manual page."""
    run.output.file(page().rstrip("\n"))
    return None


def page() -> str:
    """The manual page in the current language, as roff."""
    from floorctl.cli.app import build

    top = build()
    return "\n".join([*_head(top), *_commands(top), *_tail()]) + "\n"


def _head(top: Any) -> Iterator[str]:
    yield '.\\" Made of the commands and the catalogues: make man'
    yield f'.TH FLOORCTL 1 {_RELEASED} "floorctl {__version__}" "{escaped(t("man.title"))}"'
    yield ".nh"
    yield ".ad l"
    yield heading("SH", t("man.section.name"))
    yield f"floorctl \\- {escaped(t('man.name'))}"
    yield heading("SH", t("man.section.synopsis"))
    yield f"{bold('floorctl')} [{italic(t('man.options'))}]"
    yield ".br"
    yield f"{bold('floorctl')} {italic(t('man.command'))} [{italic(t('man.options'))}] [{italic(t('man.arguments'))}]"
    yield heading("SH", t("man.section.description"))
    yield from _paragraphs(t("man.description"))
    yield heading("SH", t("man.section.options"))
    yield prose(t("man.general"))
    for option in top.params:
        yield from _option(option)
    yield from entry(f"{bold('-h')}, {bold('--help')}", t("cli.general.help"))


def _commands(top: Any) -> Iterator[str]:
    yield heading("SH", t("man.section.commands"))
    general = {flag for option in top.params for flag in option.opts} - {"--reveal"}
    for name in top.list_commands(None):
        found = top.get_command(None, name)
        inner = getattr(found, "commands", None)
        if inner is None:
            yield from _command(words_of(None, "floorctl", name, found), found, general)
            continue
        if isinstance(found, TargetFirst):
            for inner_name, each in inner.items():
                yield from _command(words_of(found, f"floorctl {name}", inner_name, each), each, general)
            continue
        yield heading("SS", f"floorctl {name}")
        yield from _paragraphs(t(found.help))
        if found.default:
            yield ".PP"
            yield prose(t("man.default", command=f"{name} {found.default}"))
        for inner_name, each in inner.items():
            yield from _command(words_of(found, f"floorctl {name}", inner_name, each), each, general)


def _command(words: list[str], found: Any, general: set[str]) -> Iterator[str]:
    arguments = [each for each in found.params if each.param_type_name == "argument"]
    options = [each for each in found.params if each.param_type_name == "option" and not each.hidden]
    own = [each for each in options if not general.intersection(each.opts)]
    yield heading("SS", " ".join(words))
    yield from _paragraphs(t(found.help))
    for each in arguments:
        yield from entry(italic(argument_name(each).strip("[]")), *_meaning(each))
    for each in own:
        yield from _option(each)


def _option(option: Any) -> list[str]:
    title = ", ".join(bold(flag) for flag in sorted(option.opts, key=len))
    if option.metavar and not option.is_flag:
        title += f" {italic(option.metavar)}"
    return entry(title, *_meaning(option))


def _meaning(parameter: Any) -> list[str]:
    """What a parameter is for, and its values where these are enumerated and not among what is said already."""
    said = [t(parameter.help)] if parameter.help else []
    source = values.source_of(parameter)
    if isinstance(source, values.Choice) and not all(value in "".join(said) for value in source.values()):
        known = []
        for value in source.values():
            word = word_of(source.area, value)
            known.append(value if word == value else t("man.value", value=value, word=word))
        said.append(t("man.values", values=t("cli.list_comma").join(known)))
    return said


def _paragraphs(text: str) -> Iterator[str]:
    for at, each in enumerate(filter(None, text.split("\n"))):
        if at:
            yield ".PP"
        yield prose(each)


def _tail() -> Iterator[str]:
    yield heading("SH", t("man.section.exit"))
    for code in Exit:
        yield from entry(bold(str(int(code))), t(f"man.exit.{code.name.lower()}"))
    yield from entry(f"{bold('128')}+{italic('n')}", t("man.exit.signal"))
    yield heading("SH", t("man.section.environment"))
    for key, names in _ENVIRONMENT:
        yield from entry(", ".join(map(bold, names.split(", "))), t(f"man.environment.{key}"))
    yield heading("SH", t("man.section.files"))
    for key, path in _FILES:
        yield from entry(italic(path), t(f"man.file.{key}"))
    yield heading("SH", t("man.section.examples"))
    for at, (key, *lines) in enumerate(_EXAMPLES):
        if at:
            yield ".PP"
        yield prose(t(f"man.example.{key}"))
        yield ".PP"
        yield from example(lines)
