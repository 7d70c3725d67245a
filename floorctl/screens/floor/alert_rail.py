"""The alerts at the right, the most urgent on top, each with what has to be done next and how long is left."""

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

#: So long an alert is news, which is named though there is no room for it.
_NEWS = timedelta(minutes=10)
#: So long (seconds) the mark stays where it was when another alert comes first, so that a key that is on its way to it
#: finds it there.
SEEN_SECONDS = 0.8
#: Cells of a time of day, and of a day.
_RAISED = 5
#: Cells before what stands below a title, and the least of them where it is long.
_INDENT, _LEAST_INDENT = 8, 2


def _in_two(view: "AlertView", room: int, below: int) -> tuple[str, str]:
    """What it says now in a line of ``room`` cells and, where that is not all of it, one of ``below`` cells."""
    pieces = [brief(piece) for piece in view.told.pieces]
    first, at = "", 0
    while at < len(pieces) and cell_len(first + pieces[at]) <= room:
        first += pieces[at]
        at += 1
    if not at:  # words of others, of any length
        return view.told.within(room), ""
    more = ""
    for piece in pieces[at:]:
        words = piece if more else piece.lstrip(" ·")
        if cell_len(more + words) <= below:
            more += words
        elif piece.strip() == brief(view.told.matter):  # only words are cut
            more += cut(words, below - cell_len(more))
    return first, more


def _lacks_value(view: "AlertView", first: str) -> bool:
    """Whether the value that it has now, or that all is well again, is not in its first line."""
    return brief(view.told.value) not in first or (view.normal and t("alerts.normal_again") not in first)


class AlertRail(Painted):
    """``show`` gives it the alerts. One line high, it names the first and counts the rest."""

    DEFAULT_CSS = "AlertRail { height: 1fr; width: 42; }"

    class Chosen(Message):
        """A click on an alert."""

        def __init__(self, alert_id: str) -> None:
            super().__init__()
            self.alert_id = alert_id

    def __init__(self) -> None:
        super().__init__()
        self._alerts: Sequence[AlertView] = ()
        #: The one that is next.
        self._next = ""
        #: The one that `a` takes up: where the mark stands. It follows ``_next``, so late that a change can be seen.
        self._marked = ""
        self._follows: Timer | None = None
        #: Whoever sits here took one up: the mark goes on with the next ``show``.
        self._at_once = False
        self._now: datetime | None = None
        self._unsigned = 0
        self._paused = False
        self._at_line: list[str] = []
        #: Alert id → the alert and what else its title was drawn of, and the lines of that.
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
        """Show these, which are in their order, as of ``now``.

        ``unsigned``: how many handovers of earlier shifts lack a signature. ``rules_paused``: the rules on live data
        wait, so that no alert about the floor means nothing. ``may_act``: mark the one that `a` takes up. ``may_step``:
        as somebody who may mark steps as done.
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
        """The alert that `a` takes up, which has the mark; empty where nothing waits for anybody."""
        return self._marked

    def follow_at_once(self) -> None:
        """Whoever sits here took one up, and goes on to the next: its mark does not wait."""
        self._at_once = True

    def follow(self) -> None:
        """Put the mark on the one that is next."""
        self._at_once = False
        if self._follows is not None:
            self._follows.stop()
            self._follows = None
        self._marked = self._next
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """A heading, then two lines an alert: what and when, then its next step."""
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
        if paused and unsigned and not both:  # neither gives way to the other
            lines.append([seg("│ ", looks.FAINT), *unsigned])
            self._at_line.append("")
        if not self._alerts:
            lines.append([seg("│ ", looks.FAINT), seg(t("floor.no_alerts"), looks.QUIET)])
        # Where there is room for it, what does not fit in a line goes on in the next; else only where a value would go.
        room = width - 3
        longest = len(lines) + sum(len(self._entry(view, room)) for view in self._alerts[:height])
        for view in self._alerts:
            if len(lines) > height:  # what is below is counted, not drawn
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
        """How many there is no room for, and the newest of them where it is news that nobody has acknowledged."""
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
        """What and when; drawn again where it says something else or the day is another."""
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
        if cell_len(brief(view.told.title)) > room - 3 - cell_len(raised):
            raised = raised[:_RAISED]  # of another day, the day
        # Acknowledged with a running step: the tick says so, and the title is no dimmer for it.
        tick = seg("✓" if wants and alert.state != "open" else " ", looks.GREEN)
        title_style = looks.STRONG if wants else looks.QUIET
        left = max(4, room - 3 - cell_len(raised))
        first, more = _in_two(view, left, room - _INDENT)
        # A line more for what an order is about where there is room for it, for a value always.
        if more and not whole and not _lacks_value(view, first):
            first, more = view.told.within(left), ""
        lines: list[Line] = [[seg(f"{glyph}", style), tick, seg(f"{raised} ", looks.QUIET), seg(first, title_style)]]
        return [*lines, [seg(" " * _INDENT), seg(more, title_style)]] if more else lines

    def _step(self, view: "AlertView", room: int) -> Line:
        """What has to be done next and how long is left: or only how long, where room is short."""
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
        """The first, then how many more there are, the critical ones among them by themselves."""
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
        head = cell_len(brief(first.told.title)) + 9  # its glyphs and its time before it
        right += [*self._paused_words(), *self._unsigned_words()]
        step = self._step(first, width - width_of([edge, *right]) - 3 - head)
        room = width - width_of([edge, *right, *step]) - 3
        return spread([edge, *self._single_title(first, room), seg("  "), *step], right, width)

    def _single_title(self, view: "AlertView", room: int) -> Line:
        line = self._draw(view, room, whole=True)[0]
        raised = width_of(line[:-1])
        return [*line[:-1], Segment(view.told.within(max(4, room - raised)), line[-1].style)]

    def _paused_words(self) -> Line:
        return [seg("‖ " + t("floor.rules_paused") + " ", looks.AMBER)] if self._paused else []

    def _unsigned_words(self) -> Line:
        if not self._unsigned:
            return []
        return [seg("✎ " + t("floor.unsigned_handovers", n=self._unsigned) + " ", looks.AMBER)]

    def on_click(self, event: Click) -> None:
        """A click takes an alert up."""
        if event.y < len(self._at_line) and self._at_line[event.y]:
            self.post_message(self.Chosen(self._at_line[event.y]))
