"""Renders documents from the templates in ``templates/``: Markdown and HTML.

Every value that a template prints is text from outside: its hidden characters are spelled out, and what has a meaning
in the document's format is escaped, without a template asking for it. Import this module where a document is made:
jinja2 takes longer to import than most commands to run.
"""

import html
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from floorctl.i18n import language, t
from floorctl.text.safe import apart, visible

_TEMPLATES = Path(__file__).parent / "templates"
#: Characters with a meaning in Markdown.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render(template: str, **values: object) -> str:
    """Return the document of ``template`` (``report.md.j2``) with ``values``, in the current language."""
    escape = escape_html if template.endswith(".html.j2") else escape_markdown
    return _environment(escape).get_template(template).render(language=language(), **values)


def escape_html(text: str) -> str:
    """Return ``text`` for HTML, where it is only text."""
    return html.escape(apart(visible(text)))


def escape_markdown(text: str) -> str:
    """Return ``text`` for Markdown, where it is only text."""
    return _MARKDOWN.sub(r"\\\1", apart(visible(text)))


@lru_cache(maxsize=2)
def _environment(escape: Callable[[str], str]) -> Environment:
    """Return the settings for templates of one format.

    ``finalize`` escapes each value printed; ``autoescape`` makes jinja2 take what is escaped as such, and would escape
    as HTML whatever came past it.
    """

    def finalize(value: object) -> Markup:
        return value if isinstance(value, Markup) else Markup(escape(str(value)))  # noqa: S704  escaped here

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["t"] = t
    return environment
