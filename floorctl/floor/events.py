"""Notifies subscribers, and the engine that sends the journal, of changes."""

import threading
from collections.abc import Callable
from contextlib import suppress

from floorctl.floor.views import Changed, ConnectionStatusChanged

Event = Changed | ConnectionStatusChanged
Subscriber = Callable[[Event], None]


class Events:
    """Calls subscribers in the order in which they subscribed, in the thread that made the change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: list[Subscriber] = []
        self._sender: Callable[[], object] = lambda: None

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` on every change, from any thread; return a function that ends the subscription."""
        with self._lock:
            self._subscribers.append(subscriber)

        def end() -> None:
            with self._lock, suppress(ValueError):
                self._subscribers.remove(subscriber)

        return end

    def tell(self, event: Event) -> None:
        """Call every subscriber with ``event``."""
        with self._lock:
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            subscriber(event)

    def sent_by(self, wake: Callable[[], object]) -> None:
        """Set the function that ``wake_sender`` calls; without one, ``wake_sender`` does nothing."""
        self._sender = wake

    def wake_sender(self) -> None:
        """Notify the engine that the journal or the session has changed."""
        self._sender()
