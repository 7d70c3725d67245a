"""``AlertRail``: the alerts, most urgent first, each with its next step and the time left for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.events import Click
from textual.message import Message
from textual.timer import Timer

from floorctl.i18n import t, term
from floorctl.rules.alerts.escalation import lamp
from floorctl.rules.alerts.urgency import next_to_take_up, unfinished
from floorctl.text.durations import countdown
from floorctl.text.safe import cut
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.escalation import STEP_STYLES
from floorctl.widgets.painted import Line, Painted, brief, seg, spread, width_of

if TYPE_CHECKING:
    from floorctl.floor.views import AlertView
    from floorctl.models.alerts import Alert

#: For this long after it was raised, an alert is named even if there is no room for its entry.
_NEWS = timedelta(minutes=10)
#: Seconds that the mark stays on an alert after another one has become first, so that a key pressed for the first one
#: still acts on it.
SEEN_SECONDS = 0.8
#: Width (cells) of a time of day, or of a date.
_RAISED = 5
#: Indent (cells) of the lines below a title, and its minimum for long lines.
_INDENT, _LEAST_INDENT = 8, 2


def _in_two(view: "AlertView", room: int, below: int) -> tuple[str, str]:
    """Return the alert's present text as a line of ``room`` cells, and its rest (or "") as one of ``below`` cells."""
    pieces = [brief(piece) for piece in view.text.pieces]
    first, at = "", 0
    while at < len(pieces) and cell_len(first + pieces[at]) <= room:
        first += pieces[at]
        at += 1
    if not at:  # a title from outside can be longer than the line
        return view.text.within(room), ""
    more = ""
    for piece in pieces[at:]:
        words = piece if more else piece.lstrip(" ·")
        if cell_len(more + words) <= below:
            more += words
        elif piece.strip() == brief(view.text.matter):  # cut words, never a number
            more += cut(words, below - cell_len(more))
    return first, more


def _lacks_value(view: "AlertView", first: str) -> bool:
    """Whether the first line lacks the present value, or the words that the value is normal again."""
    return brief(view.text.value) not in first or (view.normal and t("alerts.normal_again") not in first)


class AlertRail(Painted):
    """The list of alerts that ``show`` was last called with. One line high, it shows the first and counts the rest."""

    DEFAULT_CSS = "AlertRail { height: 1fr; width: 42; }"

    class Chosen(Message):
        """An alert was clicked on."""

        def __init__(self, alert_id: str) -> None:
            super().__init__()
            self.alert_id = alert_id

    def __init__(self) -> None:
        super().__init__()
        self._alerts: Sequence[AlertView] = ()
        #: Id of the alert to take up next.
        self._next = ""
        #: Id of the marked alert, which `a` takes up. Follows ``_next`` after ``SEEN_SECONDS``, so the change is seen.
        self._marked = ""
        self._follows: Timer | None = None
        #: An alert was taken up at this terminal: the next ``show`` moves the mark without delay.
        self._at_once = False
        self._now: datetime | None = None
        self._unsigned = 0
        self._paused = False
        self._at_line: list[str] = []
        #: Alert id → the alert and the other inputs of its drawn title, and its lines.
        self._drawn: dict[str, tuple[Alert, object, list[Line]]] = {}

    def show(
        self,
        alerts: "Sequence[AlertView]",
        now: datetime,
        *,
        unsigned: int = 0,
        rules_paused: bool = False,
        may_act: bool = False,
        may_step: bool = True,
    ) -> None:
        """Show ``alerts``, which are sorted, as of ``now``.

        ``unsigned``: number of earlier shifts' handovers that lack a signature. ``rules_paused``: the rules on live
        data are paused, so the absence of alerts does not mean that the floor is fine. ``may_act``: mark the alert that
        `a` takes up. ``may_step``: the person's role may mark steps as done.
        """
        self._unsigned = unsigned
        self._paused = rules_paused
        self._alerts = alerts
        if len(self._drawn) > 2 * len(alerts) + 100:
            self._drawn.clear()
        taken = next_to_take_up(alerts, now, may_step=may_step) if may_act else None
        self._next = taken.id if taken is not None else ""
        self._now = now
        if not self._marked or not may_act or (self._at_once and self._next != self._marked):
            self.follow()
        elif self._next != self._marked and self._follows is None:
            self._follows = self.set_timer(SEEN_SECONDS, self.follow)
        self.repaint()

    @property
    def marked(self) -> str:
        """The id of the marked alert, which `a` takes up; "" if none needs to be taken up."""
        return self._marked

    def follow_at_once(self) -> None:
        """Move the mark without delay with the next ``show``: an alert was taken up at this terminal."""
        self._at_once = True

    def follow(self) -> None:
        """Move the mark to the alert to take up next."""
        self._at_once = False
        if self._follows is not None:
            self._follows.stop()
            self._follows = None
        self._marked = self._next
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return a heading, then for each alert its title with the time, and its next step."""
        self._at_line = []
        if height == 1:
            return [self._single(width)]
        unseen = sum(view.alert.state == "open" for view in self._alerts)
        lines: list[Line] = [
            [
                seg("│ ", looks.FAINT),
                seg(t("floor.alerts") + " ", looks.HEADER),
                seg(t("floor.alerts_open", n=unseen) if unseen else "", looks.WARNING),
            ]
        ]
        paused, unsigned = self._paused_words(), self._unsigned_words()
        both = width_of([*lines[0], *paused, *unsigned]) + 2 <= width
        lines[0] = spread(lines[0], [*paused, *unsigned] if both else paused or unsigned, width)
        self._at_line.append("")
        if paused and unsigned and not both:  # both must be seen, so the second gets its own line
            lines.append([seg("│ ", looks.FAINT), *unsigned])
            self._at_line.append("")
        if not self._alerts:
            lines.append([seg("│ ", looks.FAINT), seg(t("floor.no_alerts"), looks.QUIET)])
        # Long titles get a second line if there is room for all of them, else only if a value would be cut off.
        room = width - 3
        longest = len(lines) + sum(len(self._entry(view, room)) for view in self._alerts[:height])
        for view in self._alerts:
            if len(lines) > height:  # the rest is only counted
                break
            edge = seg("a ", looks.SKY) if view.id == self._marked else seg("│ ", looks.FAINT)
            for line in self._entry(view, room, whole=longest <= height):
                lines.append([edge, *line])
                edge = seg("│ ", looks.FAINT)
                self._at_line.append(view.id)
        if len(lines) > height:
            seen = set(self._at_line[: height - 1])
            hidden = [view for view in self._alerts if view.id not in seen]
            lines = lines[: height - 1]
            lines.append(self._more(hidden, width))
        while len(lines) < height:
            lines.append([seg("│", looks.FAINT)])
        return lines

    def _more(self, hidden: "Sequence[AlertView]", width: int) -> Line:
        """Return the number of hidden alerts, and the newest open one if it was raised within ``_NEWS``."""
        line: Line = [seg("│ ", looks.FAINT), seg(t("floor.alerts_more", n=len(hidden)), looks.QUIET)]
        unseen = [view for view in hidden if view.alert.state == "open"]
        newest = max(unseen, key=lambda view: view.alert.raised_at, default=None)
        if newest is not None and self._now is not None and self._now - newest.alert.raised_at < _NEWS:
            title = cut(brief(newest.title), max(0, width - width_of(line) - 3))
            line.append(seg(f" · {title}", looks.AMBER))
        return line

    def _entry(self, view: "AlertView", room: int, *, whole: bool = True) -> list[Line]:
        lines = self._title(view, room, whole=whole)
        step = self._step(view, room - _LEAST_INDENT)
        if step:
            lines = [*lines, [seg(" " * max(_LEAST_INDENT, min(_INDENT, room - width_of(step)))), *step]]
        return lines

    def _title(self, view: "AlertView", room: int, *, whole: bool) -> list[Line]:
        """Return the lines of the title with its time, drawn again only if the text or the day changed."""
        today = self._now.date() if self._now is not None else None
        says = (view.title, view.normal, today, room, whole)
        kept = self._drawn.get(view.id)
        if kept is None or kept[0] != view.alert or kept[1] != says:
            kept = view.alert, says, self._draw(view, room, whole=whole)
            self._drawn[view.id] = kept
        return kept[2]

    def _draw(self, view: "AlertView", room: int, *, whole: bool) -> list[Line]:
        alert = view.alert
        wants = unfinished(alert)
        glyph = looks.SEVERITY_GLYPHS.get(alert.severity, "·") if wants else "✓"
        style = looks.SEVERITIES.get(alert.severity, looks.SKY) if wants else looks.QUIET
        raised = when(alert.raised_at, self._now or alert.raised_at)
        if cell_len(brief(view.text.title)) > room - 3 - cell_len(raised):
            raised = raised[:_RAISED]  # the date alone, if it is of another day
        # An acknowledged alert with an open step has a tick; its title stays bright.
        tick = seg("✓" if wants and alert.state != "open" else " ", looks.GREEN)
        title_style = looks.STRONG if wants else looks.QUIET
        left = max(4, room - 3 - cell_len(raised))
        first, more = _in_two(view, left, room - _INDENT)
        # A second line: always for a value, for an order's matter only if there is room.
        if more and not whole and not _lacks_value(view, first):
            first, more = view.text.within(left), ""
        lines: list[Line] = [[seg(f"{glyph}", style), tick, seg(f"{raised} ", looks.QUIET), seg(first, title_style)]]
        return [*lines, [seg(" " * _INDENT), seg(more, title_style)]] if more else lines

    def _step(self, view: "AlertView", room: int) -> Line:
        """Return the next step and the time left, or only the time if ``room`` (cells) is short."""
        if view.next_step is None:
            return []
        kind = view.next_step.kind
        long, short = brief(term("step", kind)) + "  ", t(f"alerts.step.{kind}") + "  "
        for name in (long, short if not short.startswith("alerts.step.") else long, ""):
            line = self._step_named(view, name)
            if width_of(line) <= room:
                break
        return line

    def _step_named(self, view: "AlertView", words: str) -> Line:
        if view.next_due_at is None or self._now is None:
            return []
        left = (view.next_due_at - self._now).total_seconds()
        name = seg(words, looks.TEXT)
        words = t("floor.step_late" if left < 0 else "floor.step_left")
        return [name, seg(f"{words} {countdown(abs(left))}", STEP_STYLES[lamp(view.next_due_at, self._now)])]

    def _single(self, width: int) -> Line:
        """Return one line: the marked (else the first) alert, the number of others, and of critical ones among them."""
        if not self._alerts:
            words = [*self._paused_words(), *self._unsigned_words()]
            return spread([seg(" " + t("floor.no_alerts"), looks.QUIET)], words, width)
        first = next((view for view in self._alerts if view.id == self._marked), self._alerts[0])
        others = [view for view in self._alerts if view is not first]
        edge = seg("a ", looks.SKY) if first.id == self._marked else seg(" ")
        self._at_line = [first.id]
        critical = sum(view.alert.severity == "critical" and view.alert.state == "open" for view in others)
        right: Line = [seg(f" +{len(others)} " if others else "", looks.WARNING)]
        if critical:
            right.append(seg(f" ‼{critical} ", looks.ALERT))
        head = cell_len(brief(first.text.title)) + 9  # the glyphs and the time before the title
        right += [*self._paused_words(), *self._unsigned_words()]
        step = self._step(first, width - width_of([edge, *right]) - 3 - head)
        room = width - width_of([edge, *right, *step]) - 3
        return spread([edge, *self._single_title(first, room), seg("  "), *step], right, width)

    def _single_title(self, view: "AlertView", room: int) -> Line:
        line = self._draw(view, room, whole=True)[0]
        raised = width_of(line[:-1])
        return [*line[:-1], Segment(view.text.within(max(4, room - raised)), line[-1].style)]

    def _paused_words(self) -> Line:
        return [seg("‖ " + t("floor.rules_paused") + " ", looks.AMBER)] if self._paused else []

    def _unsigned_words(self) -> Line:
        if not self._unsigned:
            return []
        return [seg("✎ " + t("floor.unsigned_handovers", n=self._unsigned) + " ", looks.AMBER)]

    def on_click(self, event: Click) -> None:
        """Post ``Chosen`` for the alert that was clicked on."""
        if event.y < len(self._at_line) and self._at_line[event.y]:
            self.post_message(self.Chosen(self._at_line[event.y]))
