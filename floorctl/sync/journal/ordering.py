"""The version that a command is sent as building on, given this terminal's earlier ones on the same entity."""

from floorctl.rules.commands import registry
from floorctl.sync.outbox_item import OutboxItem


def stands_on(item: OutboxItem, predecessor: OutboxItem | None) -> int:
    """Return the version that ``item`` builds on: what the person saw, plus the effects of earlier commands from here.

    A person who acknowledges an alert and then closes it, offline, means the alert as acknowledged. So the version is
    that of the predecessor's outcome, but only if no change from elsewhere came between: then the outcome is the very
    next version after the one known. 0 if nothing was seen (the entity did not exist yet).
    """
    saw = item.saw_version or 0
    if predecessor is None or predecessor.state != "applied":
        return saw
    known = max(saw, predecessor.stands_on or 0)
    outcome = predecessor.outcome_version
    if outcome is None or outcome <= known:
        return known  # the predecessor changed nothing, or the person had seen its outcome already
    return outcome if outcome == known + 1 else saw


def base_to_send(item: OutboxItem, predecessor: OutboxItem | None) -> int | None:
    """Return the ``base_version`` to send ``item`` with; None if the contract requires none.

    If a change from elsewhere came between, it is the version that the person saw, so that the platform answers with a
    conflict and both sides are shown.
    """
    if item.base_version is None and not registry.needs_base(item.kind):
        return None
    return stands_on(item, predecessor) or item.base_version
