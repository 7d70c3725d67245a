"""Recognises tasks as done by what has come of the keys, whichever they were."""

from floorctl.screens.coach.given import Given, Sight

_PHONED = "phone_department"


def never(_sight: Sight, _given: Given) -> bool:
    """Nothing is done: the trainee says by key that it was seen."""
    return False


def on_the_latest_order(sight: Sight, _given: Given) -> bool:
    """The cursor is on the order that is latest."""
    from floorctl.screens.orders.screen import OrdersScreen

    screen = sight.shows(OrdersScreen)
    if screen is None or screen.sort != "latest" or screen.filter_text or screen.view not in ("all", "overdue"):
        return False
    first = screen.orders.row_at(0)
    return first is not None and screen.orders.cursor_id == first.id


def urged(sight: Sight, given: Given) -> bool:
    """The orders were urged."""
    orders: frozenset[str] = given.about
    return orders <= {act.target.id for act in sight.of("order.urge")}


def acknowledged_and_phoned(sight: Sight, _given: Given) -> bool:
    """An alert is acknowledged, and its department was phoned."""
    phoned = {act.target.id for act in sight.of("alert.step") if act.data.get("step") == _PHONED}
    return any(view.id in phoned and view.alert.state != "open" for view in sight.floor.alerts.all(closed=True))


def seat_moved(sight: Sight, given: Given) -> bool:
    """The seat serves the queue."""
    seat_id, queue_id = given.about
    return any(act.target.id == seat_id and queue_id in act.data["skills"] for act in sight.of("seat.skills"))


def breaks_cancelled(sight: Sight, given: Given) -> bool:
    """All breaks are cancelled."""
    breaks: frozenset[tuple[str, int]] = given.about
    return breaks <= {(act.data["shift_id"], act.data["pause"]) for act in sight.of("pause.cancel")}


def sees_score(sight: Sight, _given: Given) -> bool:
    """The month's score is in sight."""
    from floorctl.screens.assessment.screen import AssessmentScreen

    screen = sight.shows(AssessmentScreen)
    return screen is not None and screen.month_data is not None and not screen.month_data.view.unknown


def sees_costs(sight: Sight, given: Given) -> bool:
    """What cost an item its points is in sight."""
    from floorctl.screens.assessment.screen import AssessmentScreen

    screen = sight.shows(AssessmentScreen)
    return (
        screen is not None and sees_score(sight, given) and screen.body == "costs" and screen.table("costs").total > 0
    )


def on_order(sight: Sight, given: Given) -> bool:
    """The cursor is on the order that was to be found."""
    from floorctl.screens.orders.screen import OrdersScreen

    screen = sight.shows(OrdersScreen)
    return screen is not None and screen.orders.cursor_id == given.about


def noted_about_an_order(sight: Sight, _given: Given) -> bool:
    """A note about an order is written."""
    return any((act.data.get("ref") or {}).get("kind") == "order" for act in sight.of("handover.note"))


def note_seen_sent(sight: Sight, _given: Given) -> bool:
    """A note is sent, and the list of what was sent is in sight."""
    from floorctl.screens.sync.screen import SyncScreen

    return sight.shows(SyncScreen) is not None and any(act.state == "applied" for act in sight.of("handover.note"))


def scored_but_for_one_item(sight: Sight, given: Given) -> bool:
    """A sample is submitted with full marks but for one item, and is no longer in sight."""
    for act in sight.of("inspection.submit"):
        less = [each for each in act.data["scores"] if each["points"] not in (None, given.about.get(each["item_id"]))]
        if len(less) == 1 and not act.data["fatal"]:
            return sight.bare and _shows_another_sample(sight, act.data["sample_id"])
    return False


def _shows_another_sample(sight: Sight, sample_id: str) -> bool:
    from floorctl.screens.quality.form import ScoringScreen

    return not (isinstance(sight.screen, ScoringScreen) and sight.screen.opened.view.id == sample_id)
