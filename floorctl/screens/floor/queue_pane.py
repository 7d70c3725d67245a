"""``QueuePane``: queues, trunk and licences above the plan, in boxes, or in lines where there is little room.

The service level of the last half hour can still be influenced, so it is large, and amber below the target; the day's
figures are small and never amber.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.style import Style

from floorctl.config import Config
from floorctl.i18n import t
from floorctl.rules.floor import metrics
from floorctl.screens.floor.resource_pane import packed, resource_lines, state_counts, summary
from floorctl.text.durations import mean_time, running
from floorctl.text.numbers import percent, percent_in_full, percent_reached
from floorctl.text.safe import CONTRADICTED, cut
from floorctl.widgets import looks
from floorctl.widgets.figures import small
from floorctl.widgets.painted import Line, Painted, brief, clip, seg, width_of
from floorctl.widgets.spark import spark

if TYPE_CHECKING:
    from floorctl.floor.views import QueueView, ResourceView, SeatView
    from floorctl.models.floor import Interval

_BOX_WIDTH = 27
BOX_HEIGHT = 7
#: Number of newest quarter hours kept; at most this many overlap the last half hour.
_RECENT = 4


#: The service level of the last half hour, and whether it is None because its quarter hours contradict themselves.
_Rate = tuple[Fraction | None, bool]


class QueuePane(Painted):
    """Queues and resources. ``show`` sets the present state, ``day_of`` the day's quarter hours of each queue."""

    DEFAULT_CSS = f"QueuePane {{ height: {BOX_HEIGHT}; width: 1fr; }}"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config
        self._queues: Sequence[QueueView] = ()
        self._resources: Sequence[ResourceView] = ()
        self._seats: Sequence[SeatView] = ()
        self._crews: Mapping[str, metrics.Crew] = {}
        self._live = True
        self._at: datetime | None = None
        self._offered: dict[str, list[int]] = {}
        self._recent: dict[str, Sequence[Interval]] = {}
        #: Queue id → the inputs of its box's figures, and the drawn lines.
        self._figures: dict[str, tuple[tuple[object, ...], list[Line]]] = {}

    def show(
        self,
        queues: "Sequence[QueueView]",
        resources: "Sequence[ResourceView]",
        seats: "Sequence[SeatView]",
        *,
        at: datetime,
        live: bool,
    ) -> None:
        """Show the state as of ``at``; ``live`` False: times are grey."""
        self._queues, self._resources, self._seats, self._live, self._at = queues, resources, seats, live, at
        self._crews = metrics.crews(view.seat for view in seats)
        self.repaint()

    def day_of(self, queue_id: str, intervals: "Sequence[Interval]") -> None:
        """Set the day's quarter hours of a queue, in order; shown with the next ``show`` or ``repaint``."""
        self._offered[queue_id] = [interval.offered for interval in intervals]
        self._recent[queue_id] = intervals[-_RECENT:]

    def picture(self, width: int, height: int) -> list[Line]:
        """Return boxes side by side, or a line for each queue and one for resources and seats."""
        boxes = len(self._queues) + 1
        if height < BOX_HEIGHT or width // boxes < _BOX_WIDTH:
            return self._line_each(width, height)
        inner = [(width - boxes - 1) // boxes] * boxes
        inner[-1] += width - boxes - 1 - sum(inner)
        bodies = [self._box(view, room - 2) for view, room in zip(self._queues, inner, strict=False)]
        bodies.append(self._support(inner[-1] - 2))
        top: Line = []
        for at, room in enumerate(inner):
            title = (
                self._title(self._queues[at], room - 4)
                if at < len(self._queues)
                else [seg(t("floor.resources"), looks.HEADER)]
            )
            top += [seg("┌─ " if at == 0 else "┬─ ", looks.FAINT), *title]
            top.append(seg(" " + "─" * (room - 3 - width_of(title)), looks.FAINT))
        lines = [[*top, seg("┐", looks.FAINT)]]
        for row in range(BOX_HEIGHT - 2):
            line: Line = []
            for body, room in zip(bodies, inner, strict=True):
                content = body[row] if row < len(body) else []
                line += [seg("│ ", looks.FAINT), *clip(content, room - 2), seg(" ")]
            lines.append([*line, seg("│", looks.FAINT)])
        lines.append([seg("└" + "┴".join("─" * room for room in inner) + "┘", looks.FAINT)])
        return lines

    def _title(self, view: "QueueView", room: int) -> Line:
        """Return the queue's name; in a number such as 12345 the digit that is its mark in the plan is underlined."""
        style = looks.WARNING if self._alarmed(view) else looks.HEADER
        name, number = cut(brief(view.queue.name), room), brief(view.queue.line)
        if not number or not name.startswith(number):
            return [seg(name, style)]
        return [
            seg(number[:-1], style),
            seg(number[-1], style + Style(underline=True)),
            seg(name[len(number) :], style),
        ]

    def _alarmed(self, view: "QueueView") -> bool:
        return view.queue.waiting > self._config.alerts.queue_waiting

    def _waiting(self, view: "QueueView") -> list[Line]:
        """Return the pieces ``等待  7``, ``最长 1:12▲`` (if known), ``空闲 5`` and ``能接 9``."""
        waiting = view.queue.waiting
        longest = view.longest_wait_seconds
        late = longest is not None and waiting and longest > view.queue.target_seconds
        style = looks.ALERT if self._alarmed(view) else looks.STRONG if waiting else looks.QUIET
        pieces = [[seg(t("floor.waiting") + " ", looks.QUIET), seg(f"{waiting:>2}", style)]]
        if "longest_wait_seconds" in view.doubts:
            pieces.append([seg(t("floor.longest") + " ", looks.QUIET), seg(CONTRADICTED, looks.TEXT)])
        elif waiting and longest is not None:
            pieces.append(
                [
                    seg(t("floor.longest") + " ", looks.QUIET),
                    seg(running(longest) + ("▲" if late else ""), self._timed(looks.WARNING if late else looks.TEXT)),
                ]
            )
        crew = self._crews.get(view.id, metrics.Crew())
        nobody = bool(waiting and not crew.idle)
        pieces.append(
            [
                seg(t("floor.idle") + " ", looks.QUIET),
                seg(f"{crew.idle}", self._timed(looks.WARNING if nobody else looks.TEXT)),
            ]
        )
        pieces.append([seg(t("floor.able") + " ", looks.QUIET), seg(f"{crew.able}", self._timed(looks.TEXT))])
        return pieces

    def _who_waits(self, view: "QueueView", room: int) -> Line:
        """Return the line with waiting calls and idle agents; the longest wait loses its label if there is no room."""
        pieces = self._waiting(view)
        needed = pieces[:-1]
        if len(needed) > 2 and packed(needed, room, 1)[1]:
            pieces[1] = pieces[1][1:]
        return packed(pieces, room, 1)[0][0]

    def _last_half_hour(self, view: "QueueView") -> _Rate:
        if self._at is None:
            return None, False
        counts = metrics.last_30_minutes(self._recent.get(view.id, ()), view.id, self._at)
        rate = metrics.service_level(counts)
        return rate, rate is None and counts.left_out > 0

    def _rate_style(self, view: "QueueView", rate: Fraction | None) -> Style:
        missed = metrics.is_below_target(rate, view.queue.target_level)
        return self._timed(looks.WARNING if missed else looks.STRONG)

    def _rate(self, view: "QueueView", known: _Rate) -> Line:
        """Return ``63.8%▼ 目标 85%``."""
        rate, doubt = known
        missed = metrics.is_below_target(rate, view.queue.target_level)
        return [
            seg(CONTRADICTED if doubt else percent(rate) + ("▼" if missed else ""), self._rate_style(view, rate)),
            seg(" " + t("floor.target", level=percent_in_full(view.queue.target_level)), looks.QUIET),
        ]

    def _today(self, view: "QueueView") -> list[Line]:
        """Return the day's figures, the most important first."""
        figures = [
            (t("floor.today"), view.marked("service_level", percent(view.service_level))),
            (t("floor.answered"), view.marked("answer_rate", percent(view.answer_rate))),
            (t("floor.abandoned"), view.marked("abandon_rate", percent(view.abandon_rate))),
            (t("floor.aht"), view.marked("aht_seconds", mean_time(view.aht_seconds))),
        ]
        return [[seg(f"{name} {figure}", looks.QUIET)] for name, figure in figures]

    def _box(self, view: "QueueView", room: int) -> list[Line]:
        """Return the lines of a box; the first changes every second, the others are redrawn only for changed inputs."""
        rate, calls = self._last_half_hour(view), self._offered.get(view.id, [])
        queue = view.queue
        made_of = (
            room, self._live, rate, calls, queue.target_level, queue.target_seconds,
            view.service_level, view.answer_rate, view.abandon_rate, view.aht_seconds, view.doubts,
        )  # fmt: skip
        kept = self._figures.get(view.id)
        if kept is None or kept[0] != made_of:
            kept = self._figures[view.id] = made_of, self._figures_of(view, room, rate, calls)
        return [self._who_waits(view, room), *kept[1]]

    def _figures_of(self, view: "QueueView", room: int, known: _Rate, calls: list[int]) -> list[Line]:
        rate = known[0]
        figure = small(percent_reached(rate))
        beside = room - len(figure[0]) - 1
        names = [
            [seg(t("floor.half_hour"), looks.QUIET)],
            [seg(t("floor.in_target", seconds=view.queue.target_seconds), looks.QUIET)],
        ]
        right: list[Line] = [
            packed(names, beside, 1)[0][0],
            packed([[piece] for piece in self._rate(view, known)], beside, 1, "")[0][0],
            [seg(spark(calls, max(0, beside)), looks.QUIET)],
        ]
        style = self._rate_style(view, rate)
        return [
            *([seg(left + " ", style), *line] for left, line in zip(figure, right, strict=True)),
            packed(self._today(view), room, 1)[0][0],
        ]

    def _support(self, room: int) -> list[Line]:
        bars = resource_lines(self._resources[:2], room, self._config.alerts.resource_warning)
        return [*bars, *state_counts(self._seats, room, BOX_HEIGHT - 2 - len(bars))]

    def _line_each(self, width: int, height: int) -> list[Line]:
        lines: list[Line] = []
        shown = self._queues[: max(1, height - 1)]
        waiting = [self._waiting(view)[:-1] for view in shown]
        room = max([0, *(width_of(packed(pieces, width, 1)[0][0]) for pieces in waiting)]) + 1
        for view, pieces in zip(shown, waiting, strict=True):
            line: Line = [seg(" "), *clip(self._title(view, 11), 12)]
            # Align the numbers of idle agents of all queues in one column.
            first, idle = packed(pieces[:-1], width, 1)[0][0], pieces[-1]
            line += [*clip(first, max(0, room - width_of(idle) - 1)), *idle, seg("  ")]
            rate = self._last_half_hour(view)
            rest = [
                [seg(t("floor.half_hour") + " ", looks.QUIET), *self._rate(view, rate)],
                *self._today(view)[:1],
                [seg(spark(self._offered.get(view.id, []), max(0, min(24, width - 90))), looks.QUIET)],
                *self._today(view)[1:],
            ]
            lines.append([*line, *packed(rest, max(0, width - width_of(line)), 1)[0][0]])
        lines.append(
            [seg(" "), *summary(self._resources, self._seats, width - 1, self._config.alerts.resource_warning)]
        )
        return lines

    def _timed(self, style: Style) -> Style:
        return style if self._live else looks.STALE
