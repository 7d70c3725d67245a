"""质检评分, the scoring screen: the sample beside its form. Every key's change is saved as a draft."""

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t
from floorctl.rules.quality import form as forms
from floorctl.rules.quality.scoring import items
from floorctl.screens.quality import sample_actions
from floorctl.screens.quality.comment import Commenting
from floorctl.screens.quality.newest import Newest
from floorctl.screens.quality.points import append_digit
from floorctl.screens.quality.rubric_changes import change_lines
from floorctl.screens.quality.sample import Opened, neighbour, read_around, read_opened, sample_lines
from floorctl.screens.quality.score_form import LETTERS, ScoreForm, explained, lacking
from floorctl.screens.shell import acting
from floorctl.screens.shell.base import Changes
from floorctl.screens.shell.bottom_bar import BottomBar
from floorctl.screens.shell.counts import day_counts
from floorctl.screens.shell.revealing import Revealed, reveal
from floorctl.text.numbers import points_text, score_text
from floorctl.text.safe import visible
from floorctl.widgets import looks
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.painted import Line, brief
from floorctl.widgets.pane import Pane

if TYPE_CHECKING:
    from floorctl.floor.views import ConnectionStatus
    from floorctl.models.quality import RubricItem
    from floorctl.rules.quality.form import Form

#: Columns from which the form has more room for comments.
WIDE = 110


class ScoringScreen(Commenting):
    """Scores one sample after the other. Keys act at once and in order, however fast they are typed."""

    NAME_KEY: ClassVar[str] = "quality.scoring"
    CSS_PATH = "form.tcss"
    CAN_FILTER: ClassVar[bool] = False
    AUTO_FOCUS = None
    #: Key of the question that Enter asks where nothing is missing.
    ASKS: ClassVar[str] = "quality.ask.submit"
    #: Keys of the hint in the bottom line: while something is missing, and when the form is complete.
    HINTS: ClassVar[tuple[str, str]] = ("quality.form.hint", "quality.form.hint_full")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "item(-1)", "ui.key.up", show=False, priority=True),
        Binding("down", "item(1)", "ui.key.down", show=False, priority=True),
        Binding("A", "letter('A')", "quality.key.letter", priority=True),
        *(Binding(each, f"letter('{each}')", show=False, priority=True) for each in LETTERS[1:]),
        Binding("0", "digit('0')", "quality.key.digit", priority=True),
        *(Binding(str(each), f"digit('{each}')", show=False, priority=True) for each in range(1, 10)),
        Binding("full_stop", "digit('.')", show=False, priority=True),
        Binding("plus,equals_sign", "step(1)", "quality.key.more", priority=True),
        Binding("minus", "step(-1)", "quality.key.less", priority=True),
        Binding("f", "full", "quality.key.full", priority=True),
        Binding("x", "not_applicable", "quality.key.not_applicable", priority=True),
        Binding("exclamation_mark,fullwidth_exclamation_mark", "fatal", "quality.key.fatal", priority=True),
        Binding("c", "comment", "quality.key.comment", priority=True),
        Binding("g", "comment_whole", "quality.key.comment_whole", priority=True),
        Binding("enter", "go_on", "quality.key.go_on", priority=True),
        Binding("ctrl+s", "submit", "quality.key.submit", priority=True),
        Binding("right_square_bracket", "beside(1)", "quality.key.next", priority=True),
        Binding("left_square_bracket", "beside(-1)", "quality.key.previous", priority=True),
        Binding("o", "skip", "quality.key.skip", priority=True),
        Binding("p", "play", "quality.key.play", priority=True),
        Binding("r", "reveal", "quality.key.reveal", priority=True),
        Binding("w", "rubric", "quality.key.rubric", priority=True),
        Binding("backspace", "unscore", "quality.key.unscore", priority=True),
        Binding("delete", "discard", "quality.key.discard", priority=True),
        Binding("pageup", "scroll(-1)", "quality.key.scroll_up", show=False, priority=True),
        Binding("pagedown", "scroll(1)", "quality.key.scroll_down", priority=True),
        Binding("escape", "back", "ui.key.back", show=False, priority=True),
    ]

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self.opened = opened
        self.form = opened.form
        self._draft: Newest[Form] = Newest(self._save_form)
        self._revealed = Revealed()

    def compose_body(self) -> ComposeResult:
        """Yield the sample, and the form with the line for comments."""
        with Container(id="scoring-body"):
            yield Pane(id="sample")
            with Vertical(id="scoring-side"):
                yield ScoreForm(id="form")
                yield from self.compose_comment()

    # -- display --------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the sample and release the keys that were typed for it."""
        self._show_opened(self.opened)
        self.cockpit.release_keys()

    def on_resize(self, event: Resize) -> None:
        """Give comments more room on a wide terminal."""
        self.set_class(event.size.width >= WIDE, "wide")

    def _show_opened(self, opened: Opened) -> None:
        self.opened, self.form = opened, opened.form
        self._revealed.end()
        self.typed = self.sheet.typed = ""
        self.sheet.cursor = next((at for at, item in enumerate(items(self.form.rubric)) if lacking(self.form, item)), 0)
        self._show()
        self.query_one("#sample", Pane).show(self._sample_lines, about=opened.view.id)
        self.refresh_bars()
        if opened.changes:
            self.begin(self._tell_rubric())

    @property
    def complete(self) -> bool:
        """Whether nothing is missing in the form."""
        return not any(lacking(self.form, item) for item in items(self.form.rubric))

    def _show(self) -> None:
        self.sheet.show(self.form, saved=self._draft.written)
        for line in self.query(BottomBar):  # its hint and total depend on the form
            line.repaint()

    def _sample_lines(self, width: int) -> list[Line]:
        sight = self._revealed.sight(self.opened.view.id)
        return sample_lines(self.opened, self.floor, width, sight=sight, about=self.about(width))

    def about(self, width: int) -> list[Line] | None:
        """Return the lines above the sample that replace others' scores of it; None: show those scores."""
        return None

    def on_changed(self, changed: Changes) -> None:
        """Read the sample again: somebody may have scored it, or the rubric or the order changed."""
        if not changed or changed.keys() & {"sample", "inspection", "rubric", "order", "person"}:
            self.read_again()

    def read_again(self) -> None:
        """Read the sample and the changes of the rubric again."""
        self.begin_newest(self._read_again, "look")

    async def _read_again(self) -> None:
        sample_id = self.opened.view.id
        try:
            opened = await self.read(read_around, self.floor, self.form)
        except FloorctlError:  # the sample is no longer in the data; the form stays open as filled in
            return
        if sample_id != self.opened.view.id or not self.is_mounted:
            return
        changes, self.opened = self.opened.changes, opened
        self.query_one("#sample", Pane).repaint()
        if opened.changes and opened.changes != changes:
            self.begin(self._tell_rubric())  # in its own work: this reading is cancelled when something else changes

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """Do nothing: the form is the same live and offline."""

    def on_tick(self, now: datetime) -> None:
        """Update the seconds left of revealed data; remove a message whose time is over."""
        self.expire_message()
        if self._revealed.began:
            if not self._revealed.about:
                self._revealed.end()
            self.query_one("#sample", Pane).repaint()

    def counts(self) -> list[Segment]:
        """Return the day's progress and the last message, else the form's keys or, once complete, how to submit."""
        hint = t(self.HINTS[self.complete], total=score_text(forms.total(self.form)))
        words, style, _ = self.last_message or (hint, looks.QUIET, 0.0)
        return [*day_counts(self.cockpit.quality), Segment(words, style)]

    # -- saving ---------------------------------------------------------------------------------------------------

    def change(self, form: "Form") -> None:
        """Show ``form`` and save it off the event loop."""
        if form != self.form:
            self.form = form
            self.keep(form)
        self._show()

    def keep(self, form: "Form") -> None:
        """Save ``form``."""
        if self._draft.put(form):
            self.app.run_worker(self._save())  # a worker of the app, so that it completes when this screen closes

    def _save_form(self, form: "Form") -> None:
        self.floor.scoring.save_form(form)

    async def _save(self) -> None:
        try:
            await self._draft.write_all()
        except FloorctlError as error:
            self.say(sentence(error), severity="error", timeout=8)
        if self.is_mounted and self.query(ScoreForm):
            self._show()

    async def on_unmount(self) -> None:
        """Write the newest form before anything closes."""
        with contextlib.suppress(FloorctlError):  # a failed write was reported already
            await self.read(self._draft.write)

    # -- points ---------------------------------------------------------------------------------------------------

    def action_item(self, step: int) -> None:
        """Go to another item, after the open comment is taken."""
        self.after_comment(lambda: self._go_to(self.sheet.cursor + step))

    def action_letter(self, letter: str) -> None:
        """Go to the item with this letter."""
        if LETTERS.index(letter) < len(self.sheet.items):
            self._go_to(LETTERS.index(letter))

    def _go_to(self, index: int) -> None:
        self.typed = ""
        self.sheet.move_to(index)

    @on(ScoreForm.Clicked)
    def _clicked(self, event: ScoreForm.Clicked) -> None:
        self.after_comment(lambda: self._go_to(event.index))

    def action_digit(self, char: str) -> None:
        """Enter points by digits; a digit that leads to no value of the item's scale is refused."""
        if (item := self.sheet.item) is None:
            return
        typed = append_digit(self.typed, char, item.points, item.step)
        if typed is None:
            self.typed = self.sheet.typed = ""
            self._refuse_points()
            return
        self.typed, value = typed
        self.sheet.typed = self.typed if value is None else ""
        if value is None:
            self.sheet.repaint()
        else:
            self._take_points(forms.with_points(self.form, item.id, value))

    def _refuse_points(self) -> None:
        if (item := self.sheet.item) is not None:
            self.app.bell()
            most, step = points_text(item.points), points_text(item.step)
            self.say(t("quality.form.off_scale", item=brief(item.title), most=most, step=step), severity="warning")
            self.sheet.repaint()

    def action_step(self, direction: int) -> None:
        """Change the points by one step up or down."""
        if (item := self.sheet.item) is not None:
            self.typed = self.sheet.typed = ""
            self._take_points(forms.step(self.form, item.id, direction))

    def action_full(self) -> None:
        """Give every item full marks."""
        self.typed = self.sheet.typed = ""
        self.change(forms.full(self.form))

    def action_unscore(self) -> None:
        """Remove the item's points."""
        if (item := self.sheet.item) is not None:
            self.typed = self.sheet.typed = ""
            self.change(forms.unscored(self.form, item.id))

    def action_not_applicable(self) -> None:
        """Mark the item as not applicable to this sample."""
        if (item := self.sheet.item) is None:
            return
        if not item.may_not_apply:
            self.say(t("quality.form.must_apply", item=brief(item.title)), severity="warning")
            return
        self._take_points(forms.not_applicable(self.form, item.id))

    def _take_points(self, form: "Form") -> None:
        """Take the points, and open the comment line if they need a comment.

        It opens also where there is a comment already, as in a revision: what is typed next is text, and no key may
        act.
        """
        self.change(form)
        item = self.sheet.item
        if item is not None and explained(form, item):
            if self.commenting is None:
                self.open_comment(item.id, begun=False)
        elif self.commenting is not None:
            self.close_comment()

    def action_fatal(self) -> None:
        """Choose the fatal errors."""
        self.begin_asking(self._choose_fatal())

    async def _choose_fatal(self) -> None:
        """Ask for the fatal errors; any one makes the total zero."""
        errors = self.form.rubric.fatal
        if not errors:
            self.say(t("quality.form.none_fatal"))
            return
        options = [
            Option(error.id, error.title, t("quality.form.chosen") if error.id in self.form.fatal else "")
            for error in errors
        ]
        how = t("quality.ask.fatal_how")
        chosen = await self.ask(Pick(t("quality.ask.fatal"), options, several=True, need_one=False, explain=how))
        form = self.form
        for error_id in chosen or ():
            form = forms.toggle_fatal(form, error_id)
        self.change(form)

    def action_back(self) -> None:
        """Discard the change of an open comment on Esc, else go back to the list. The form stays as it is."""
        if self.commenting is None:
            self.app.pop_screen()
        else:
            self.leave_comment()

    # -- submitting, and moving between samples -------------------------------------------------------------------

    def action_go_on(self) -> None:
        """Handle Enter: close the comment; else go to the first missing part; else ask whether to submit."""
        if self.commenting is not None:
            about = self.commenting
            self.after_comment(lambda: self._comment_or_ask(about))
        elif not self._go_to_missing():
            self.begin_asking(self._ask_to_submit())

    def _comment_or_ask(self, about: str) -> None:
        """Keep the line open, with a hint, where the item still lacks its comment."""
        item = self.sheet.item
        if item is not None and item.id == about and lacking(self.form, item) == "comment":
            self._show_lacking(item, "comment")

    async def _ask_to_submit(self) -> None:
        """Ask before submitting: Enter is pressed by habit, and only a review can change a submitted score."""
        question = t(self.ASKS, agent=brief(self.opened.view.agent_name), total=score_text(forms.total(self.form)))
        if await self.confirm(question):
            self.action_submit()

    def action_submit(self) -> None:
        """Submit the form and open the next sample; where something is missing, go there."""
        self.after_comment(self._submit_or_ask)

    def _submit_or_ask(self) -> None:
        if not self._go_to_missing():
            self.cockpit.hold_keys()
            self.begin(self._submit())

    def _go_to_missing(self) -> bool:
        """Go to the first item that lacks something and show what; return False where the form is complete."""
        for at, item in enumerate(self.sheet.items):
            need = lacking(self.form, item)
            if need:
                self._go_to(at)
                self._show_lacking(item, need)
                return True
        return False

    def _show_lacking(self, item: "RubricItem", need: str) -> None:
        self.say(t(f"quality.form.lacks_{need}", item=brief(item.title)), severity="warning")
        if need == "comment":
            self.open_comment(item.id, begun=False)

    async def _submit(self) -> None:
        try:
            await self.wait_until_written()
            if await self.send():
                await self.open_next()
        finally:
            self.cockpit.release_keys()

    async def send(self) -> bool:
        """Submit the form and return whether it was accepted; where the rubric has changed, show how."""
        view, total = self.opened.view, forms.total(self.form)
        said = t("quality.said.submitted", agent=brief(view.agent_name), total=score_text(total))

        def refused(error: FloorctlError) -> None:
            if error.key == "error.rubric_changed":
                self.read_again()

        return bool(await acting.run(self, self.floor.scoring.submit, self.form, said=said, refused=refused))

    async def open_next(self) -> None:
        """Open today's next sample; where there is none, return to the list."""
        next_sample = await self.read(self.floor.quality.next_sample, self.opened.view.id)
        if next_sample is None:
            left = await self.read(self.floor.quality.others_left)
            self.cockpit.say(sample_actions.all_done(left))
            self.app.pop_screen()
        else:
            await self.open(next_sample.id)

    async def wait_until_written(self) -> None:
        """Wait until the newest form is on the disk."""
        await self.read(self._draft.write)

    async def open(self, sample_id: str) -> None:
        """Show another sample in place of this one."""
        try:
            self._show_opened(await self.read(read_opened, self.floor, sample_id))
        except FloorctlError as error:
            self.say(sentence(error), severity="error")

    def action_beside(self, step: int) -> None:
        """Go to the sample before or after this one in the plan; this one's form stays as it is."""
        self.cockpit.hold_keys()
        self.begin(self._open_neighbour(step))

    async def _open_neighbour(self, step: int) -> None:
        try:
            await self.wait_until_written()
            neighbour_id = await self.read(neighbour, self.floor, self.opened.view, step)
            if neighbour_id is None:
                self.say(t("quality.said.no_other"))
            else:
                await self.open(neighbour_id)
        finally:
            self.cockpit.release_keys()

    def action_skip(self) -> None:
        """Take the sample off the plan, after asking for the reason."""
        self.begin_asking(self._skip(), for_text=True)

    async def _skip(self) -> None:
        if await sample_actions.skip(self, self.opened.view):
            await self.open_next()

    def action_discard(self) -> None:
        """Discard this form and begin anew."""
        self.begin_asking(self._begin_anew())

    async def _begin_anew(self) -> None:
        """Discard the half-done form, after a confirmation."""
        if not await self.confirm(t("quality.ask.discard")):
            return
        sample_id = self.opened.view.id
        await self.wait_until_written()
        await self.read(self.floor.scoring.discard_form, sample_id)
        await self.open(sample_id)

    def action_play(self) -> None:
        """Play the recording."""
        self.begin(sample_actions.play(self, self.opened.view))

    def action_reveal(self) -> None:
        """Show masked data in clear for a while."""
        self.begin(self._reveal())

    async def _reveal(self) -> None:
        view = self.opened.view
        sample_id = view.id
        confidential = await self.read(lambda: view.record.confidential)
        if (grant := await reveal(self, "sample", sample_id, confidential=confidential)) is not None:
            self._revealed.begin(sample_id, grant)
            self.query_one("#sample", Pane).repaint()

    def action_rubric(self) -> None:
        """Show how the rubric in force differs from the one of this form."""
        self.begin_asking(self._tell_rubric(asked=True))

    async def _tell_rubric(self, *, asked: bool = False) -> None:
        """Show how the rubric in force differs from the form's, and offer to carry the form over to it."""
        changes = self.opened.changes
        if not changes:
            if asked:
                self.say(t("quality.rubric.same", title=visible(self.form.rubric.title)))
            return
        if not await self.confirm(t("quality.rubric.renew", changes="\n".join(change_lines(changes)))):
            return
        form = await self.read(self.floor.scoring.renew_form, self.form)
        self.change(form)
        self.read_again()
        self.say(t("quality.rubric.renewed"))

    def action_scroll(self, pages: int) -> None:
        """Scroll the sample by pages."""
        self.query_one("#sample", Pane).action_scroll_pages(pages)
