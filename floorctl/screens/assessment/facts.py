"""Dialogs of the assessment: recording, showing and removing a fact, and the explanation of an item."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Static

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t, term
from floorctl.models.assessment import FACT_KINDS
from floorctl.rules.assessment import fact_form
from floorctl.rules.assessment.scoring import BONUSES, DEDUCTIONS
from floorctl.screens.shell import acting
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text import typed
from floorctl.text.numbers import points_text
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.plain import PlainInput, plain

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import ExplainView, FactView, Month
    from floorctl.floor.floor import Floor
    from floorctl.screens.shell.screen import CockpitScreen

_NUMBERS = ("count", "passed", "sat", "days")
#: Most digits of a count.
_MOST_DIGITS = 9


async def record(screen: "CockpitScreen", month: "Month | None") -> bool:
    """Ask for the kind of fact and its fields and record it, again after a refusal; return whether it was recorded."""
    if not screen.may("fact.record"):
        return False
    kinds = [Option(kind, term("fact", kind), _worth(kind)) for kind in FACT_KINDS]
    chosen = await screen.app.push_screen_wait(Pick(t("assessment.ask.kind"), kinds))
    if not chosen:
        return False
    kind, today = chosen[0], screen.floor.now().date()
    day = today if month is None else min(today, month.plus(1).first_day - timedelta(days=1))
    fresh = {"day": day.isoformat()}
    texts = screen.floor.texts
    if not texts.loaded:
        await screen.read(texts.load)
    key = texts.key("fact.record", kind)
    values = fresh | _from_draft(texts.offered(key))
    problem = screen.cockpit.draft_words(key, "assessment.form.kept")

    def keep(typed: Mapping[str, str]) -> None:
        changed = {name: text for name, text in typed.items() if text and fresh.get(name) != text}
        screen.cockpit.keep_line(key, json.dumps(changed) if changed else "")

    while True:
        form = FactForm(kind, values, problem, keep)
        try:
            filled_in = await screen.ask(form)
        finally:  # also if the screen is removed beneath the dialog
            keep(form.typed())
            screen.write_texts()
        if filled_in is None:
            return False
        values = filled_in
        outcome = await acting.attempt(_record, screen.floor, kind, values)
        if isinstance(outcome, FloorctlError):
            problem = sentence(outcome)
            continue
        texts.put(key, "")
        screen.write_texts()
        acting.say_done(screen, t("assessment.said.recorded", kind=term("fact", kind), day=values["day"]))
        return True


def _from_draft(text: str) -> dict[str, str]:
    """Return field → text from the draft of a form that was given up."""
    draft = json.loads(text) if text else {}
    return {str(name): str(value) for name, value in draft.items()}


async def remove(screen: "CockpitScreen", view: "FactView") -> bool:
    """Ask for the reason and remove the fact; return whether it was removed."""
    if not screen.may("fact.remove"):
        return False
    name = f"{view.fact.day:%Y-%m-%d} {term('fact', view.fact.kind)} {view.fact.title or ''}".strip()
    reason = await screen.ask_text(
        t("assessment.ask.remove", fact=name), purpose="fact.remove", subject=view.id, wants="reason"
    )
    if reason is None:
        return False
    said = t("assessment.said.removed", fact=name)
    return bool(await acting.run(screen, screen.floor.assessment.remove_fact, view.id, reason, said=said))


def _record(floor: "Floor", kind: str, values: Mapping[str, str]) -> None:
    """Record a fact from the texts of its form.

    Raises:
        FloorctlError: a text can't be read as its field, or the fact is refused.
    """
    fields: dict[str, Any] = {}
    for name, text in values.items():
        if not text:
            continue
        if name in _NUMBERS:
            number = typed.number(text)
            if not number.isdecimal() or len(number) > _MOST_DIGITS:
                raise FloorctlError("assessment.form.bad_number", field=_label(name))
            if name != "passed" and not int(number):
                raise FloorctlError("assessment.form.too_few", field=_label(name))
            fields[name] = int(number)
        elif name == "person_id":
            fields[name] = _person(floor, text)
        elif name != "day":
            fields[name] = text
    try:
        day = typed.day(values["day"])
    except ValueError:
        raise FloorctlError("assessment.form.bad_day") from None
    floor.assessment.record_fact(kind, day, **fields)


def _person(floor: "Floor", text: str) -> str:
    """Return the id of the person with this number or name.

    Raises:
        FloorctlError: nobody, or more than one person, has it.
    """
    number = typed.compact(text)
    matching = [
        person_id
        for person_id, person in floor.names.people()
        if person.employee_no == number or typed.same(text, person.name)
    ]
    if len(matching) != 1:
        raise FloorctlError("assessment.form.several" if matching else "assessment.form.nobody", name=text)
    return matching[0]


def _worth(kind: str) -> str:
    if kind in DEDUCTIONS:
        return f"−{points_text(DEDUCTIONS[kind])}"
    if kind in BONUSES:
        return f"+{points_text(BONUSES[kind])}"
    return t("assessment.ask.terminates") if kind == "data_misuse" else ""


def _label(name: str) -> str:
    return t(f"assessment.field.{name}")


class FactForm(Dialog[dict[str, str] | None]):
    """The form of one kind of fact, one line for each field; returns field → text, None if given up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "ui.key.back"),
        Binding("down", "app.focus_next", "assessment.key.next_field", priority=True),
        Binding("up", "app.focus_previous", "assessment.key.previous_field", priority=True),
        Binding("ctrl+s", "take", "assessment.key.take", priority=True),
    ]

    def __init__(
        self,
        kind: str,
        values: Mapping[str, str],
        problem: str = "",
        keep: Callable[[Mapping[str, str]], object] = lambda _: None,
    ) -> None:
        super().__init__()
        self._keep = keep
        self.kind = kind
        self.values = dict(values)
        self.problem = problem
        self.form = fact_form.FORMS[kind]
        self.names = ("day", *self.form.fields)
        self._typed = dict(values)

    def typed(self) -> dict[str, str]:
        """Return field → text as typed so far, also after the form was given up."""
        return dict(self._typed)

    def compose(self) -> ComposeResult:
        """Compose the kind, its fields, the problem and the key hints."""
        with Vertical(classes="dialog"):
            yield Static(plain(t("assessment.form.title", kind=term("fact", self.kind))), classes="question")
            for name in self.names:
                needed = "*" if name in ("day", *self.form.needs) else " "
                with Horizontal(classes="field-line"):
                    yield Label(plain(f"{needed}{_label(name)}"), classes="field-name")
                    yield PlainInput(
                        value=self.values.get(name, ""),
                        placeholder=t(f"assessment.hint.{name}"),
                        id=f"field-{name}",
                        leads_on={"tab"},
                    )
            yield Static(plain(self.problem), id="said")
            yield Static(plain(t("assessment.form.keys")), classes="keys")

    def on_mount(self) -> None:
        """Focus the first empty required field, else the first empty one; the day is filled in already."""
        empty = [name for name in self.names[1:] if not self.values.get(name)]
        first = next((name for name in empty if name in self.form.needs), empty[0] if empty else "day")
        self.query_one(f"#field-{first}", PlainInput).focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        field, text = (event.input.id or "").removeprefix("field-"), event.value.strip()
        if self._typed.get(field, "") != text:
            self._typed[field] = text
            self._keep(self._typed)

    @on(Input.Submitted)
    def _on(self, event: Input.Submitted) -> None:
        """Go to the next field on Enter; from the last one, record."""
        event.stop()
        if event.input.id == f"field-{self.names[-1]}":
            self.action_take()
        else:
            self.focus_next()

    def action_take(self) -> None:
        """Close with the values, if all required fields are filled in; else focus the first missing one."""
        values = {name: self.query_one(f"#field-{name}", PlainInput).value.strip() for name in self.names}
        missing = [name for name in ("day", *self.form.needs) if not values[name]]
        if missing:
            words = t("assessment.form.missing", fields=t("assessment.form.and").join(map(_label, missing)))
            self.query_one("#said", Static).update(plain(words))
            self.query_one(f"#field-{missing[0]}", PlainInput).focus()
            return
        self.dismiss(values)

    def action_give_up(self) -> None:
        """Close with None; what was typed is kept as a draft and offered again."""
        self._typed = {name: self.query_one(f"#field-{name}", PlainInput).value.strip() for name in self.names}
        self.dismiss(None)


class _Panel(Dialog[None]):
    """A dialog that only shows text."""


class FactPanel(_Panel):
    """Shows one fact with all its fields."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", "ui.key.back")]

    def __init__(self, view: "FactView", person_name: str) -> None:
        super().__init__()
        self.view = view
        self.person_name = person_name

    def compose(self) -> ComposeResult:
        """Compose label and value of each non-empty field, one line each."""
        fact = self.view.fact
        values = {
            "day": f"{fact.day:%Y-%m-%d}", "title": fact.title or "", "matter": fact.matter or "",
            "count": str(fact.count), "passed": _number_text(fact.passed), "sat": _number_text(fact.sat),
            "days": _number_text(fact.days),
            "person_id": self.person_name, "evidence": fact.evidence or "",
        }  # fmt: skip
        with VerticalScroll(classes="dialog"):
            yield Static(plain(term("fact", fact.kind)), classes="question")
            for name, value in values.items():
                if value:
                    yield Static(Content.assemble((f"{_label(name)}  ", "$foreground 60%"), plain(value)))
            where = t("assessment.fact.here" if self.view.recorded_here else "assessment.fact.elsewhere")
            yield Static(plain(where), classes="keys")
            if self.view.pending:
                yield Static(plain(f"↑ {t('assessment.fact.pending')}"))


def _number_text(value: int | None) -> str:
    return "" if value is None else str(value)


class Explain(_Panel):
    """Shows an item's formula, the formula with the month's numbers, and the reading taken of the contract."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,e,q", "dismiss", "ui.key.back")]

    def __init__(self, title: str, explained: "ExplainView") -> None:
        super().__init__()
        self.heading = title
        self.explained = explained

    def compose(self) -> ComposeResult:
        """Compose formula, numbers and reading."""
        parts = [
            ("assessment.formula", self.explained.formula),
            ("assessment.numbers", "\n".join(self.explained.steps)),
            ("assessment.reading", self.explained.reading or ""),
        ]
        with VerticalScroll(classes="dialog wide"):
            yield Static(plain(self.heading), classes="question")
            for label, text in parts:
                if text:
                    yield Static(Content.styled(t(label), "bold $primary"), classes="heading")
                    yield Static(plain(text, keep_newlines=True), classes="block")
            yield Static(plain(t("assessment.panel_keys")), classes="keys")
