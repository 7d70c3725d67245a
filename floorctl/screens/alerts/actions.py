"""Acts on alerts: acknowledge, mark escalation steps as done, close, go to the subject.

The acts return True if something was done.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.screens.shell import acting
from floorctl.screens.shell.naming import in_lines, in_note
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.safe import cut, visible
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import AlertView


def view_of(floor: "Floor", alert_id: str | None) -> "AlertView | None":
    """Return the alert as it is now, closed ones too; None if it is gone."""
    return next((view for view in floor.alerts.all(closed=True) if view.id == alert_id), None)


async def acknowledge(screen: CockpitScreen, alert_ids: Sequence[str]) -> bool:
    """Acknowledge each alert that is still open; if none is, show a note."""
    if not alert_ids or not screen.may("alert.acknowledge"):
        return False
    views = [view for alert_id in alert_ids if (view := view_of(screen.floor, alert_id)) is not None]
    open_ids = [view.id for view in views if view.alert.state == "open"]
    if not open_ids:
        closed = bool(views) and all(view.alert.state == "closed" for view in views)
        screen.say(t("alerts.closed_already" if closed else "alerts.already" if views else "alerts.gone"))
        return False
    titles = _titles(views)

    def said(ids: Sequence[str]) -> str:
        # Name the alert, because the act can't be taken back and the row under the cursor may just have changed.
        title = titles[ids[0]] if len(open_ids) == 1 else ""
        return t("ui.alert.acknowledged", title=title) if title else t("alerts.said.acknowledged", n=len(ids))

    return bool(
        await acting.run_each(
            screen, screen.floor.alerts.acknowledge, open_ids, said=said, called=in_note(titles, "alerts.ask.and_more")
        )
    )


def _titles(views: "Sequence[AlertView]") -> dict[str, str]:
    return {view.id: cut(visible(view.title), 40) for view in views}


async def step_done(screen: CockpitScreen, alert_id: str | None, *, choose: bool = False) -> bool:
    """Ask for a note and mark the next step as done; with ``choose``, ask which step first."""
    view = view_of(screen.floor, alert_id)
    if view is None or not screen.may("alert.step"):
        if view is None:
            screen.say(t("alerts.gone"), severity="warning")
        return False
    kind = await _choose_step(screen, view, choose=choose)
    if kind is None:
        return False
    title = cut(visible(view.title), 56)
    words = t("alerts.ask.note", step=term("step", kind), title=title)
    note = await screen.ask_text(words, purpose="alert.step", subject=view.id, wants="note")
    if note is None:
        return False
    said = t("alerts.said.step", step=term("step", kind))
    return bool(await acting.run(screen, screen.floor.alerts.step, view.id, kind, note, said=said))


async def _choose_step(screen: CockpitScreen, view: "AlertView", *, choose: bool) -> str | None:
    alert = view.alert
    if alert.state == "closed":
        screen.say(t("alerts.closed_already"), severity="warning")
        return None
    if alert.next_step is None:
        screen.say(t("alerts.steps_done" if alert.steps else "alerts.no_steps"))
        return None
    if not choose:
        return alert.next_step.kind
    kinds = list(dict.fromkeys(step.kind for step in alert.steps if step.done_at is None))
    options = [Option(kind, term("step", kind)) for kind in kinds]
    chosen = await screen.app.push_screen_wait(Pick(t("alerts.ask.which", title=cut(visible(view.title), 56)), options))
    return chosen[0] if chosen else None


async def close(screen: CockpitScreen, alert_ids: Sequence[str]) -> bool:
    """Ask for one note and close each alert; close none if one is closed already or has an open step, and say so."""
    if not alert_ids or not screen.may("alert.close"):
        return False
    views = [view for alert_id in alert_ids if (view := view_of(screen.floor, alert_id)) is not None]
    if not views:
        screen.say(t("alerts.gone"), severity="warning")
        return False
    for view in views:
        if view.alert.state == "closed":
            screen.say(t("alerts.closed_already"), severity="warning")
            return False
        if view.alert.next_step is not None:
            screen.say(
                t("alerts.step_open", step=term("step", view.alert.next_step.kind)), severity="warning", timeout=8
            )
            return False
    lines = [cut(visible(view.title), 56) for view in views]
    words = t("alerts.ask.close", title=in_lines(lines, screen.app.size.height, "alerts.ask.and_more"))
    subject = " ".join(sorted(view.id for view in views))
    note = await screen.ask_text(words, purpose="alert.close", subject=subject, wants="note")
    if note is None:
        return False
    return bool(
        await acting.run_each(
            screen,
            lambda alert_id: screen.floor.alerts.close(alert_id, note),
            [view.id for view in views],
            said=lambda ids: t("alerts.said.closed", n=len(ids)),
            called=in_note(_titles(views), "alerts.ask.and_more"),
        )
    )


async def open_subject(screen: CockpitScreen, alert_id: str | None) -> None:
    """Go to what the alert is about: order, seat, queue or resource."""
    view = view_of(screen.floor, alert_id)
    if view is None:
        return
    subject = view.alert.subject
    match subject.kind:
        case "order":
            try:
                await screen.read(screen.floor.orders.get, subject.id)
            except FloorctlError:
                screen.say(t("alerts.subject_gone"), severity="warning")
                return
            screen.cockpit.show_one("orders", subject.id)
        case "seat":
            if any(seat.id == subject.id for seat in screen.floor.seats.all()):
                screen.cockpit.hold_keys()
                screen.cockpit.show_one("floor", subject.id)
            else:
                screen.cockpit.action_go("floor")
                screen.say(t("alerts.subject_gone"), severity="warning")
        case "queue":
            screen.cockpit.action_go("queues")
        case "resource":
            screen.cockpit.action_go("floor")
        case kind:
            screen.say(t("alerts.no_subject", kind=visible(kind)), severity="warning")
