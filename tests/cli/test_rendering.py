"""What a template prints is text from outside: it becomes neither Markdown nor HTML, whatever the template does."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from floorctl.cli import rendering
from floorctl.cli.assessment.report import Report, Table
from tests.screens.looking import HOSTILE

TEMPLATES = sorted(path.name for path in (Path(rendering.__file__).parent / "templates").iterdir())


def report(text: str) -> Report:
    """A report in which every text is ``text``."""
    table = Table(text, (text, text), [(text, "1")], frozenset({1}))
    return Report(text, [(text, text)], [table], [text], (text,))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_changes_the_documents_form(text: str) -> None:
    plain = rendering.render("report.html.j2", report=report("x"))
    shown = rendering.render("report.html.j2", report=report(text))
    assert re.findall(r"<[^>]*>", shown) == re.findall(r"<[^>]*>", plain)
    unescaped = re.sub(r"\\.", "", rendering.render("report.md.j2", report=report(text)))
    assert set("`[]<>~").isdisjoint(unescaped)
    assert unescaped.count("#") == 3
    assert unescaped.count("**") == 2


def test_both_formats_escape_without_being_asked_and_spell_out_what_is_hidden() -> None:
    assert rendering.escape_html("<b>\u202e  x&'") == "&lt;b&gt;&lt;202E&gt; · x&amp;&#x27;"
    assert rendering.escape_markdown("~a~ *b* | c") == r"\~a\~ \*b\* \| c"


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_template_passes_a_value_unescaped(template: str) -> None:
    source = (Path(rendering.__file__).parent / "templates" / template).read_text("utf-8")
    assert not re.search(r"\|\s*safe|Markup|autoescape", source)


def test_a_template_that_names_what_is_not_there_fails() -> None:
    with pytest.raises(UndefinedError):
        rendering.render("report.md.j2")
