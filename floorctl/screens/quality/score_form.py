"""The widget of the scoring form: each item with its points, what is missing, the current total."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message

from floorctl.i18n import t
from floorctl.rules.quality import form as forms
from floorctl.rules.quality.scoring import items, passed
from floorctl.text.numbers import points_text, score_text
from floorctl.text.safe import cut, fit
from floorctl.text.unknown import unknown
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, brief, seg, spread, width_of
from floorctl.widgets.pane import heading, wrapped

if TYPE_CHECKING:
    from floorctl.models.quality import RubricItem
    from floorctl.rules.quality.form import Form

#: Letters that go to an item; in a form with more items, the rest is reached by arrows only.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Lines below the form for the guide, and for the comment, of the item under the cursor.
_GUIDE_LINES, _COMMENT_LINES = 2, 2


def lacking(form: "Form", item: "RubricItem") -> str:
    """Return what the item still lacks: ``points``, ``comment``, or an empty string."""
    if item.id not in form.points:
        return "points"
    points = form.points[item.id]
    explained = form.comments.get(item.id, "").strip()
    return "" if explained or (points is not None and points >= item.points) else "comment"


def explained(form: "Form", item: "RubricItem") -> bool:
    """Return whether the item's points need a comment: some are lost, or the item does not apply."""
    points = form.points.get(item.id, item.points)
    return points is None or points < item.points


class ScoreForm(Painted):
    """Shows a form; the screen handles the keys. ``cursor`` counts the items of all sections."""

    DEFAULT_CSS = "ScoreForm { padding: 0 1; }"

    @dataclass
    class Clicked(Message):
        """The item at ``index`` was clicked."""

        index: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.form: Form | None = None
        self.cursor = 0
        #: Digits that are not a value yet: ``1`` where the step is 5.
        self.typed = ""
        self.saved = True
        self._top = 0
        self._rows: dict[int, int] = {}

    @property
    def items(self) -> "list[RubricItem]":
        """The items of all sections, in order."""
        return list(items(self.form.rubric)) if self.form is not None else []

    @property
    def item(self) -> "RubricItem | None":
        """The item under the cursor; None where there is none."""
        items = self.items
        return items[self.cursor] if self.cursor < len(items) else None

    def show(self, form: "Form", *, saved: bool) -> None:
        """Show ``form``; ``saved``: whether it is on the disk in this state."""
        self.form, self.saved = form, saved
        self.cursor = max(0, min(self.cursor, len(self.items) - 1))
        self.repaint()

    def move_to(self, index: int) -> None:
        """Move the cursor to an item."""
        self.cursor = max(0, min(index, len(self.items) - 1))
        self.typed = ""
        self.repaint()

    # -- drawing --------------------------------------------------------------------------------------------------

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the lines: total, items around the cursor, fatal errors, guide and comment of the current item."""
        if self.form is None:
            return []
        form, inner = self.form, width
        about = self._about(inner)
        room = max(1, height - 2 - len(about))
        lines, at_line = self._item_lines(form, inner)
        # Keep a section's name visible above its first item.
        wanted = at_line.get(self.cursor, 0)
        first = wanted - 1 if wanted and at_line.get(self.cursor - 1) != wanted - 1 else wanted
        self._top = max(0, min(self._top, first, max(0, len(lines) - room)))
        if wanted >= self._top + room:
            self._top = wanted - room + 1
        shown = lines[self._top : self._top + room]
        self._rows = {line - self._top + 1: at for at, line in at_line.items()}
        shown += [[seg("")]] * (room - len(shown))
        return [self._total(form, inner), *shown, self._fatal(form, inner), *about]

    def _total(self, form: "Form", width: int) -> Line:
        unscored = sum(item.id not in form.points for item in self.items)
        total = forms.total(form)
        line: Line = [seg(t("quality.form.total") + " ", looks.QUIET)]
        if unscored == len(self.items) and not form.fatal:
            line.append(seg("—", looks.STRONG))
        else:
            good = passed(form.rubric, total)
            line.append(seg(score_text(total) + " ", looks.STRONG))
            line.append(
                seg(
                    "✓ " + t("quality.passed") if good else "✗ " + t("quality.failed"),
                    looks.GREEN if good else looks.RED,
                )
            )
        if unscored:
            line.append(seg("  " + t("quality.form.left", n=unscored), looks.AMBER))
        mark = seg("✓" + t("quality.form.kept") if self.saved else "…", looks.QUIET)
        return spread(line, [mark], width)

    def _item_lines(self, form: "Form", width: int) -> tuple[list[Line], dict[int, int]]:
        lines: list[Line] = []
        at_line: dict[int, int] = {}
        at = 0
        for section in form.rubric.sections:
            lines.append(heading(cut(brief(section.title), max(4, width - 4)), width))
            for item in section.items:
                at_line[at] = len(lines)
                lines.append(self._item(form, item, at, width))
                at += 1
        return lines, at_line

    def _item(self, form: "Form", item: "RubricItem", at: int, width: int) -> Line:
        here = at == self.cursor
        ground = looks.CURSOR if here else Style.null()
        letter = LETTERS[at] if at < len(LETTERS) else " "
        words, style = self._points_cell(form, item, here)
        need = lacking(form, item)
        most = f"/{points_text(item.points)}"
        points = f"{cut(words, 10):>6}" if cell_len(words) == len(words) else fit(words, max(6, cell_len(words)))
        line: Line = [
            seg("▌" if here else " ", looks.SKY + ground),
            seg(f"{letter} ", looks.SKY + ground),
            seg(fit(brief(item.title), max(8, min(20, width - 24))) + " ", looks.TEXT + ground),
            seg(points, style + ground),
            seg(fit("" if words.startswith("×") else most, 4), looks.QUIET + ground),
        ]
        if need == "comment":
            line.append(seg(" ▲" + t("quality.form.comment_missing"), looks.AMBER + ground))
        elif comment := form.comments.get(item.id, ""):
            line.append(seg(" ✎" + cut(brief(comment), max(1, width - width_of(line) - 3)), looks.QUIET + ground))
        return [*line, seg(" " * max(0, width - width_of(line)), ground)]

    def _points_cell(self, form: "Form", item: "RubricItem", here: bool) -> tuple[str, Style]:
        if here and self.typed:
            return self.typed + "_", looks.MARKED
        if item.id not in form.points:
            return "·", looks.FAINT
        points = form.points[item.id]
        if points is None:
            return "×" + t("quality.form.not_applicable"), looks.LILAC
        return points_text(points), looks.STRONG if points >= item.points else looks.AMBER

    def _fatal(self, form: "Form", width: int) -> Line:
        titles = {error.id: error.title for error in form.rubric.fatal}
        if not form.fatal:
            return [seg("! ", looks.SKY), seg(t("quality.form.no_fatal"), looks.QUIET)]
        words = "、".join(brief(titles.get(each, unknown("item"))) for each in form.fatal)
        return [seg(" ‼ " + cut(words, width - 4) + " ", looks.ALERT)]

    def _about(self, width: int) -> list[Line]:
        """Return the guide of the item under the cursor and its full comment. Fixed height, so that nothing moves."""
        item = self.item
        if item is None or self.form is None or self.size.height < 16:
            return []
        lines = [[seg(line, looks.QUIET)] for line in wrapped(item.guide or "", width)[:_GUIDE_LINES]]
        lines += [[seg("")]] * (_GUIDE_LINES - len(lines))
        if self.size.height >= 26:
            comment_text = self.form.comments.get(item.id, "")
            comment = [
                [seg("✎ " + line, looks.TEXT)]
                for line in wrapped(comment_text, width - 2)[:_COMMENT_LINES]
                if comment_text
            ]
            lines += [*comment, *[[seg("")]] * (_COMMENT_LINES - len(comment))]
        return [heading(t("quality.form.guide"), width), *lines] if self.size.height >= 24 else lines

    # -- mouse ----------------------------------------------------------------------------------------------------

    def on_click(self, event: Click) -> None:
        """Go to the clicked item."""
        if event.y in self._rows:
            self.post_message(self.Clicked(self._rows[event.y]))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move the cursor down."""
        event.stop()
        self.move_to(self.cursor + 1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move the cursor up."""
        event.stop()
        self.move_to(self.cursor - 1)
