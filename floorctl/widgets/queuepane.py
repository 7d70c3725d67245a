"""The queues and what the floor stands on, above the plan: a box each, or a line each where there is little room."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.style import Style

from floorctl.config import Config
from floorctl.durations import exact, running
from floorctl.i18n import t
from floorctl.text import cut
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, brief, clip, seg, width_of
from floorctl.widgets.resourcepane import resource_lines, state_counts, summary
from floorctl.widgets.spark import percent, spark

if TYPE_CHECKING:
    from floorctl.views import QueueView, ResourceView, SeatView

_BOX_WIDTH = 27
BOX_HEIGHT = 6


class QueuePane(Painted):
    """``show`` gives it what to show; ``offered`` are the day's calls by quarter hour for each queue."""

    DEFAULT_CSS = "QueuePane { height: 6; width: 1fr; }"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config
        self._queues: Sequence[QueueView] = ()
        self._resources: Sequence[ResourceView] = ()
        self._seats: Sequence[SeatView] = ()
        self._live = True
        self.offered: dict[str, list[int]] = {}

    def show(
        self,
        queues: "Sequence[QueueView]",
        resources: "Sequence[ResourceView]",
        seats: "Sequence[SeatView]",
        *,
        live: bool,
    ) -> None:
        """Show these."""
        self._queues, self._resources, self._seats, self._live = queues, resources, seats, live
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Boxes side by side, or a line per queue and one for the rest."""
        boxes = len(self._queues) + 1
        if height < BOX_HEIGHT or width // boxes < _BOX_WIDTH:
            return self._line_each(width, height)
        inner = [(width - boxes - 1) // boxes] * boxes
        inner[-1] += width - boxes - 1 - sum(inner)
        titles = [brief(view.queue.name) for view in self._queues] + [t("floor.resources")]
        alarmed = [self._alarmed(view) for view in self._queues] + [False]
        bodies = [self._box(view, room - 2) for view, room in zip(self._queues, inner, strict=False)]
        bodies.append(self._support(inner[-1] - 2))
        top: Line = []
        for at, (title, room) in enumerate(zip(titles, inner, strict=True)):
            text = f" {cut(title, room - 4)} "
            corner = "┌" if at == 0 else "┬"
            style = looks.WARNING if alarmed[at] else looks.HEADER
            top += [seg(corner + "─", looks.FAINT), seg(text, style)]
            top.append(seg("─" * (room - 1 - width_of([seg(text)])), looks.FAINT))
        lines = [[*top, seg("┐", looks.FAINT)]]
        for row in range(BOX_HEIGHT - 2):
            line: Line = []
            for body, room in zip(bodies, inner, strict=True):
                content = body[row] if row < len(body) else []
                line += [seg("│ ", looks.FAINT), *clip(content, room - 2), seg(" ")]
            lines.append([*line, seg("│", looks.FAINT)])
        lines.append([seg("└" + "┴".join("─" * room for room in inner) + "┘", looks.FAINT)])
        return lines

    def _alarmed(self, view: "QueueView") -> bool:
        return view.queue.waiting > self._config.alerts.queue_waiting

    def _waiting(self, view: "QueueView") -> Line:
        """``等待  7   最长 1:12 ▲``."""
        waiting = view.queue.waiting
        longest = view.longest_wait_seconds
        late = longest is not None and waiting and longest > view.queue.target_seconds
        style = looks.ALERT if self._alarmed(view) else looks.STRONG if waiting else looks.QUIET
        line = [seg(t("floor.waiting") + " ", looks.QUIET), seg(f"{waiting:>3} ", style)]
        if waiting and longest is not None:
            line += [
                seg(" " + t("floor.longest") + " ", looks.QUIET),
                seg(running(longest), self._timed(looks.WARNING if late else looks.TEXT)),
                seg(" ▲" if late else "", looks.WARNING),
            ]
        return line

    def _rates(self, view: "QueueView") -> Line:
        """``15秒 86.4% 接通 96.1%``; a target missed is marked."""
        low = view.target_rate is not None and float(view.target_rate) < view.queue.target_level
        return [
            seg(t("floor.in_target", seconds=view.queue.target_seconds) + " ", looks.QUIET),
            seg(percent(view.target_rate) + ("▼" if low else " "), looks.WARNING if low else looks.TEXT),
            seg(" " + t("floor.answered") + " ", looks.QUIET),
            seg(percent(view.answer_rate), looks.TEXT),
        ]

    def _box(self, view: "QueueView", room: int) -> list[Line]:
        calls = self.offered.get(view.id, [])
        handled = [
            seg(t("floor.aht") + " ", looks.QUIET),
            seg("—" if view.aht_seconds is None else exact(view.aht_seconds), looks.TEXT),
            seg("  " + t("floor.abandoned") + " ", looks.QUIET),
            seg(percent(view.abandon_rate), looks.TEXT),
        ]
        return [self._waiting(view), self._rates(view), handled, [seg(spark(calls, room), looks.SKY)]]

    def _support(self, room: int) -> list[Line]:
        bars = resource_lines(self._resources[:2], room, self._config.alerts.resource_warning)
        counts = state_counts(self._seats)
        rows: list[Line] = [[], []]
        for piece in range(0, len(counts), 2):
            pair = counts[piece : piece + 2]
            row = 0 if width_of(rows[0]) + width_of(pair) <= room + 1 and not rows[1] else 1
            rows[row] += pair
        return [*bars, *rows]

    def _line_each(self, width: int, height: int) -> list[Line]:
        lines: list[Line] = []
        shown = self._queues[: max(1, height - 1)]
        waiting = [self._waiting(view) for view in shown]
        room = max([20, *(width_of(line) for line in waiting)]) + 1
        for view, wait in zip(shown, waiting, strict=True):
            style = looks.WARNING if self._alarmed(view) else looks.HEADER
            name = seg(" " + cut(brief(view.queue.name), 11), style)
            line: Line = [*clip([name], 12), *clip(wait, room), *self._rates(view)]
            if width >= 84:
                line += [seg("  " + spark(self.offered.get(view.id, []), min(24, width - 72)), looks.SKY)]
            lines.append(line)
        support = summary(self._resources, self._config.alerts.resource_warning)
        lines.append([seg(" "), *support, *state_counts(self._seats, words=width >= 100)])
        return lines

    def _timed(self, style: Style) -> Style:
        return style if self._live else looks.STALE
