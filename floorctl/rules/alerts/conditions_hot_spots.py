"""The alert rule about hot spots: more callers about one matter in one place than chance allows."""

from collections.abc import Iterator

from floorctl.models.base import Ref
from floorctl.rules.alerts.conditions import AlertInputs, Condition, HotSpot, Phrase

RULE = "hot_spot"
_CRITICAL = f"{RULE}+critical"


def conditions(inputs: AlertInputs) -> Iterator[Condition]:
    """Yield the conditions of every matter, and of alerts whose matter is found no more, which are closed."""
    if inputs.hot_spots is None:
        return
    found: set[str] = set()
    for matter in inputs.hot_spots:
        # The newest of several about the same comes first, and is what alerts of that name are about.
        if f"{RULE}:{matter.key}" not in found:
            conditions_of_it = list(_of(inputs, matter))
            found.update(condition.about for condition in conditions_of_it)
            yield from conditions_of_it
    for alert_id, alert in inputs.alerts.items():
        about, _, day = alert_id.rpartition(":")
        if alert.kind == RULE and alert.state != "closed" and about and day and about not in found:
            found.add(about)
            yield from _gone(inputs, alert_id, alert.subject)


def _of(inputs: AlertInputs, matter: HotSpot) -> Iterator[Condition]:
    critical_since = matter.critical_since

    def text() -> tuple[Phrase, Phrase | None]:
        words = {"matter": matter.matter, "place": matter.place, "callers": matter.callers, "usual": matter.expected}
        detail = {"since": inputs.local(matter.since), "orders": matter.orders}
        key = f"rules.alert.hot_spot.{'word' if matter.word else 'detail'}"
        return Phrase("rules.alert.hot_spot.title", words), Phrase(key, detail | {"word": matter.word or ""})

    subject = Ref("order", matter.order_id)
    yield Condition(
        rule=_CRITICAL,
        kind=RULE,
        severity="critical",
        subject=subject,
        key=matter.key,
        day=inputs.local(critical_since or matter.since).date(),
        rises=matter.swells and critical_since is not None,
        holds=matter.swells and critical_since is not None,
        once=True,
        patient=False,
        text=text,
    )
    yield Condition(
        rule=RULE,
        kind=RULE,
        severity="warning",
        subject=subject,
        key=matter.key,
        day=inputs.local(matter.since).date(),
        rises=matter.swells and critical_since is None,
        holds=matter.swells and critical_since is None,
        once=True,
        patient=False,
        superseded=critical_since is not None,
        text=text,
    )


def _gone(inputs: AlertInputs, alert_id: str, subject: Ref) -> Iterator[Condition]:
    """An alert of a matter that is found no more, because orders or what is usual are others now."""
    rule, _, rest = alert_id.partition(":")
    if rule in (RULE, _CRITICAL):
        yield Condition(
            rule=rule,
            kind=RULE,
            severity="warning",
            subject=subject,
            key=rest.rpartition(":")[0],
            day=inputs.today,
            rises=False,
            holds=False,
            once=True,
            patient=False,
            text=lambda: (Phrase("rules.alert.cleared"), None),
        )
