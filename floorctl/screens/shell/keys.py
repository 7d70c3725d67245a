"""Typed-ahead keys: each key acts only after the keys before it have acted, however fast they are typed."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from textual.dom import DOMNode
from textual.events import AppBlur, AppFocus, Event, Key, Paste
from textual.screen import Screen

from floorctl.clock import elapsed
from floorctl.screens.shell.clipboard import Clipboard
from floorctl.screens.shell.full_width import as_meant
from floorctl.tty.bursts import KeyInText
from floorctl.widgets.plain import PlainInput

#: Seconds until a screen that was not mounted yet is checked again.
_LOOK_AGAIN = 0.01

#: Keys are held for at most this many seconds, whatever happens.
_LONGEST = 8.0

#: What keys are held for: a screen that is about to show what they act on, a view on top of it, its filter line, a
#: dialog or form; a person who is being signed in; or "turn", while the key before them acts.
HeldFor = Literal["screen", "view", "filter", "dialog", "person", "turn"]


class TypedAhead:
    """A queue of keys: ``hold`` starts keeping them, and after ``release``, ``next`` returns them one by one.

    A ``release`` ends only the hold of the same ``held_for``; keys are kept while any hold is left.
    """

    def __init__(self) -> None:
        self._keys: deque[tuple[float, Key | Paste]] = deque()
        self._since: dict[HeldFor, float] = {}

    def hold(self, held_for: HeldFor) -> None:
        """Start holding keys for ``held_for``, which is about to open."""
        self._since[held_for] = elapsed()

    def release(self, held_for: HeldFor) -> None:
        """Stop holding keys for ``held_for``."""
        self._since.pop(held_for, None)

    def forget(self) -> None:
        """Stop holding keys for any reason and drop those that were kept."""
        self._since.clear()
        self._keys.clear()

    @property
    def holds(self) -> bool:
        """Whether keys are held for anything."""
        return bool(self._since)

    @property
    def waiting(self) -> bool:
        """Whether any key is kept."""
        return bool(self._keys)

    @property
    def overdue(self) -> bool:
        """Whether a hold or a kept key is older than ``_LONGEST``, so that something must have failed."""
        since = [*self._since.values(), *(at for at, _ in self._keys)]
        return bool(since) and elapsed() - min(since) > _LONGEST

    def keeps(self, key: Key | Paste, *, too_early: bool = False) -> bool:
        """Keep ``key`` if keys are held or others are kept before it; return whether it was kept. Ctrl+Q is never kept.

        ``too_early``: the caller has another reason to keep it.
        """
        if (isinstance(key, Key) and key.key == "ctrl+q") or not (too_early or self.holds or self._keys):
            return False
        self._keys.append((elapsed(), key))
        return True

    def next(self) -> Key | Paste | None:
        """Remove and return the next kept key; None where there is none or keys are held."""
        return self._keys.popleft()[1] if self._keys and not self.holds else None


class KeysInTurn(Clipboard):
    """An app in which keys act in turn, and keys typed ahead go to the question that the key before them opens.

    Textual delivers a key to the focused widget as soon as it arrives, and acts on it after the widget and all its
    ancestors have passed it on. Of keys that arrive together (fast typing, or any two keys on a slow line) the second
    would go to the widget that the first is about to leave.
    """

    def __init__(self) -> None:
        super().__init__()
        self._typed_ahead = TypedAhead()
        #: The screens whose work asks questions, one entry for each work under way.
        self._asking: list[Screen[Any]] = []
        #: The screen that the current key was delivered to.
        self._meant_for: Screen[Any] | None = None
        #: Number of keys still to be dropped of a text that its line refused.
        self._dropped = 0
        #: Number of questions asked so far.
        self.questions = 0

    def hold_keys(self, held_for: HeldFor = "dialog") -> None:
        """Hold the keys typed from now on for what is about to open, until ``release_keys``."""
        self._typed_ahead.hold(held_for)

    def release_keys(self, held_for: HeldFor = "dialog") -> None:
        """Stop holding keys for ``held_for``, which is open, and deliver the kept keys."""
        self._typed_ahead.release(held_for)
        self.call_later(self._give_next)

    def begins_asking(self, screen: Screen[Any]) -> None:
        """Until ``has_asked``, hold keys typed on ``screen`` for the next question of the work that begins."""
        self._asking.append(screen)

    def has_asked(self, screen: Screen[Any]) -> None:
        """Record that the work announced by ``begins_asking`` has ended."""
        if screen in self._asking:
            self._asking.remove(screen)
        self.call_later(self._give_next)

    @property
    def expects_keys(self) -> bool:
        """Whether keys typed now are held for something that is about to open."""
        return bool(self._asking) or self._typed_ahead.holds

    def heed_keys_kept_too_long(self) -> bool:
        """Drop keys whose line or question never opened: they may be text, of which no letter may act.

        Returns:
            Whether any were dropped.

        """
        overdue, any_kept = self._typed_ahead.overdue, self._typed_ahead.waiting
        if overdue:
            self.forget_keys()
        return overdue and any_kept

    def forget_keys(self) -> None:
        """Drop the keys typed so far; keys typed from now on act."""
        self._asking.clear()
        self._typed_ahead.forget()

    async def on_event(self, event: Event) -> None:
        """Let a key act, or keep it until its turn. Ignore that the terminal's window loses or gets the focus."""
        if isinstance(event, AppBlur | AppFocus):
            return  # Textual would take the focus away, and not give it to a dialog that opens meanwhile
        if not isinstance(event, Key | Paste):
            await super().on_event(event)
        elif not self.screen_stack:
            return  # the app has ended: no screen is left
        elif event.is_forwarded:
            # The key has passed all widgets and would act on the screen in sight, which may by now be another one: one
            # that opened by itself or is not mounted yet.
            if self.screen is self._meant_for:
                await super().on_event(event)
        elif not self._typed_ahead.keeps(event, too_early=self._too_early()):
            await self._let_act(event)
        elif not self.screen.is_mounted:
            # No other event signals that this screen is mounted: at the start, and where it opens by itself.
            self.set_timer(_LOOK_AGAIN, self._give_next)

    def _too_early(self) -> bool:
        """Whether the target of the next key is not there yet."""
        return not self.screen.is_mounted or self.screen in self._asking

    async def _give_next(self) -> None:
        if not self.screen_stack:
            return
        if self._too_early():
            if self._typed_ahead.waiting:
                self.set_timer(_LOOK_AGAIN, self._give_next)
        elif (key := self._typed_ahead.next()) is not None:
            await self._let_act(key)

    async def _let_act(self, key: Key | Paste) -> None:
        if self._dropped and isinstance(key, Key):
            self._dropped -= 1
            self.call_later(self._give_next)
            return
        line = self.focused
        if isinstance(key, KeyInText) and isinstance(line, PlainInput) and line.is_text(key):
            if not line.take_break():
                self._dropped = key.keys_behind
            self.call_later(self._give_next)
            return
        self._typed_ahead.hold("turn")
        self._meant_for = self.screen
        takes_it = self.focused or self.screen
        await super().on_event(as_meant(key, takes_it))
        self._follow(takes_it, partial(self._follow, takes_it, partial(self.call_later, self.release_keys, "turn")))

    def _follow(self, node: DOMNode, then: Callable[[], object]) -> None:
        """Follow the key from ``node`` up to the app, then call ``then``.

        The key acts only at the app, and its effect may be a message that goes the same way: Enter in a line moves to
        the next line when the screen receives the message. So the path is followed twice before the next key's turn.
        """
        if node is self:
            then()
            return
        above = node.parent or self
        if not node.call_later(self._follow, above, then):  # the widget is closed: go on with its parent
            self._follow(above, then)
