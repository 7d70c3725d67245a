"""The line at the top: screen, floor and shift lead, connection mark, score, and counts of what waits."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment

from floorctl.i18n import t, term
from floorctl.text.durations import exact
from floorctl.text.numbers import points_text
from floorctl.text.safe import cut
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, brief, seg, spread, width_of
from floorctl.widgets.score_head import difference, level_style

if TYPE_CHECKING:
    from floorctl.screens.shell.cockpit import Cockpit


#: Least cells for a cut floor name; in less room it is left out.
_PLACE_FROM = 16


class TopBar(Painted):
    """The top bar: ``现场  四川12345 · 早班 班长 王芳    ● 实时 14:32:07    考核 97.5 ▲0.5  预警 3  待上传 0``."""

    DEFAULT_CSS = "TopBar { dock: top; height: 1; width: 1fr; }"

    def __init__(self, name_key: str) -> None:
        super().__init__()
        self.name_key = name_key

    def picture(self, width: int, height: int) -> list[Line]:
        """Return one line. The connection mark is in the middle and is the last part to be dropped."""
        app = cast("Cockpit", self.app)
        left: Line = [seg(f" {t(self.name_key)} ", looks.TITLE), seg("  ")]
        mark = connection_mark(app)
        right = self._right(app)
        # The score is dropped first: its arrow, then all of it.
        for score in (score_line(app), score_line(app, arrow=False)):
            if width_of([*left, *mark, *score, *right]) + 2 <= width:
                right = [*score, *right]
                break
        spare = width - width_of([*left, *mark, *right]) - 4
        left += self._place(app, max(0, spare))
        gap = width - width_of([*left, *mark, *right])
        before = max(1, gap // 2)
        return [spread([*left, seg(" " * before), *mark], right, width)]

    def _place(self, app: "Cockpit", room: int) -> Line:
        person = app.floor.session.person
        words = brief(person.floor) if person else ""
        if app.shift_lead:
            shift, name = app.shift_lead
            lead = t("ui.top.lead", shift=term("shift", shift), name=brief(name))
            both = f"{words} · {lead}" if words else lead
            if cell_len(both) <= room:  # a person's name is never cut
                return [seg(both, looks.TEXT)]
        return [seg(cut(words, room) if cell_len(words) <= room or room >= _PLACE_FROM else "", looks.TEXT)]

    def _right(self, app: "Cockpit") -> Line:
        alerts = sum(view.alert.state == "open" for view in app.floor.alerts.all())
        status = app.floor.status.connection()
        line: Line = [
            seg(t("ui.top.alerts") + " ", looks.QUIET),
            seg(f"{alerts}  ", looks.ALERT if alerts else looks.TEXT),
            seg(t("ui.top.waiting") + " ", looks.QUIET),
            seg(f"{status.waiting} ", looks.WARNING if status.waiting else looks.TEXT),
        ]
        if alerts:
            line[1:2] = [seg(f" {alerts} ", looks.ALERT), seg("  ")]
        if posture := app.posture():
            line = [seg(f" {posture} ", looks.TITLE), seg("  "), *line]
        if parked := status.refused + status.conflicts:
            line.append(seg(t("ui.top.parked", n=parked) + " ", looks.RED))
        return line


def score_line(app: "Cockpit", *, arrow: bool = True) -> Line:
    """Return ``考核 97.5 +1 ▲0.5``: the month's base score, its bonus, and the change of the base from last month."""
    label, view, before = seg(t("ui.top.score") + " ", looks.QUIET), app.score.view, app.score.before
    if view is None or view.unknown:
        return [label, seg("—  ", looks.QUIET)]
    line = [label, seg(points_text(view.base), level_style(view.base))]
    if view.bonus:
        line.append(seg(f" +{points_text(view.bonus)}", looks.QUIET))
    if arrow and before is not None:
        line += [seg(" "), difference(view.base, before.base)]
    return [*line, seg("  ")]


def connection_mark(app: "Cockpit") -> list[Segment]:
    """Return ``● 实时 14:32:07``, or the mode in place of live and the time of the data."""
    floor = app.floor
    status = floor.status.connection()
    offline = status.mode == "offline" and not app.has_not_asked
    if status.first_sync is not None and not offline:  # a line that breaks meanwhile must be seen as soon as any other
        done, total = status.first_sync
        text = t("ui.mark.first_sync", done=f"{done:,}", total=f"{total:,}" if total else "?")
        return [seg(f"◌ {text}", looks.AMBER)]
    if status.mode == "live":
        return [
            seg("● ", looks.GREEN),
            seg(t("ui.mark.live") + " ", looks.GREEN),
            seg(_time(floor.now()), looks.STRONG),
        ]
    dates = status.as_of
    shown = (
        t("ui.mark.shown", at=_time(dates.astimezone(floor.config.zone), floor.now()))
        if dates
        else t("ui.mark.nothing")
    )
    if offline:
        state = t("ui.mark.offline", ago=exact(app.offline_for()))
    else:
        state = t("ui.mark.connecting" if app.has_not_asked else f"ui.mark.{status.mode}")
    return [seg(f"○ {state} · {shown}", looks.WARNING)]


def _time(at: datetime, today: datetime | None = None) -> str:
    if today is not None and at.date() != today.date():
        return f"{at:%m-%d %H:%M:%S}"
    return f"{at:%H:%M:%S}"
