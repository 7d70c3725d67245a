"""Keys act one after another, on what is there when the ones before have acted, however fast they are typed."""

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

#: Seconds after which a screen that was still being made is looked at again.
_LOOK_AGAIN = 0.01

#: Whatever happens, keys are kept no longer than this (seconds).
_LONGEST = 8.0

#: What keys are held for: a screen that is about to show what they act on, its filter line, a dialog or a form; or
#: their turn, while the one before them acts.
HeldFor = Literal["screen", "filter", "dialog", "turn"]


class TypedAhead:
    """Between ``hold`` and ``release`` keys are kept; then ``next`` gives them out, until one of them holds again.

    What is held for one thing is not released by another that is ready: each says what it is.
    """

    def __init__(self) -> None:
        self._keys: deque[tuple[float, Key | Paste]] = deque()
        self._since: dict[HeldFor, float] = {}

    def hold(self, held_for: HeldFor) -> None:
        """From now on keys are meant for what is about to open."""
        self._since[held_for] = elapsed()

    def release(self, held_for: HeldFor) -> None:
        """It is open."""
        self._since.pop(held_for, None)

    def forget(self) -> None:
        """Whatever keys were held for, they are held no longer; those that were kept are gone."""
        self._since.clear()
        self._keys.clear()

    @property
    def holds(self) -> bool:
        """Whether keys are kept for something."""
        return bool(self._since)

    @property
    def waiting(self) -> bool:
        """Whether any key was kept."""
        return bool(self._keys)

    @property
    def overdue(self) -> bool:
        """Whether keys are held for so long that something must have gone wrong."""
        since = [*self._since.values(), *(at for at, _ in self._keys)]
        return bool(since) and elapsed() - min(since) > _LONGEST

    def keeps(self, key: Key | Paste, *, too_early: bool = False) -> bool:
        """Keep ``key`` if it is meant for what is about to open, or stands behind one; to leave always works.

        ``too_early``: there is another reason to keep it.
        """
        if (isinstance(key, Key) and key.key == "ctrl+q") or not (too_early or self.holds or self._keys):
            return False
        self._keys.append((elapsed(), key))
        return True

    def next(self) -> Key | Paste | None:
        """The next of the keys that were kept; None where there is none, or keys are held again."""
        return self._keys.popleft()[1] if self._keys and not self.holds else None


class KeysInTurn(Clipboard):
    """An app whose keys wait for each other, and for the question that the one before them leads to.

    Textual gives a key to the widget that has the focus as soon as it arrives, and acts on it when the widget and
    everything above it have passed it on. Of keys that arrive together, which a fast hand on a slow line makes of any
    two, the second would go to where the first is about to lead away from.
    """

    def __init__(self) -> None:
        super().__init__()
        self._typed_ahead = TypedAhead()
        #: The screens with work under way that asks questions, once for each.
        self._asking: list[Screen[Any]] = []
        #: The screen that the key under way was given to.
        self._meant_for: Screen[Any] | None = None
        #: How many keys are left of a text that its line refused.
        self._dropped = 0
        #: How many questions were asked so far.
        self.questions = 0

    def hold_keys(self, held_for: HeldFor = "dialog") -> None:
        """Keep the keys that are typed from now on for what is about to open, until ``release_keys``."""
        self._typed_ahead.hold(held_for)

    def release_keys(self, held_for: HeldFor = "dialog") -> None:
        """It is open: give it the keys that were typed for it."""
        self._typed_ahead.release(held_for)
        self.call_later(self._give_next)

    def begins_asking(self, screen: Screen[Any]) -> None:
        """Until ``has_asked``, keys typed on ``screen`` are for the next question of the work that it begins."""
        self._asking.append(screen)

    def has_asked(self, screen: Screen[Any]) -> None:
        """The work that ``begins_asking`` told of has ended."""
        if screen in self._asking:
            self._asking.remove(screen)
        self.call_later(self._give_next)

    @property
    def expects_keys(self) -> bool:
        """Whether keys that are typed now are meant for what is about to open."""
        return bool(self._asking) or self._typed_ahead.holds

    def heed_keys_kept_too_long(self) -> bool:
        """Forget keys whose line or question never opened: it may be text, of which no letter may act.

        True where any were.
        """
        overdue, any_kept = self._typed_ahead.overdue, self._typed_ahead.waiting
        if overdue:
            self.forget_keys()
        return overdue and any_kept

    def forget_keys(self) -> None:
        """What was typed so far is meant for nothing that is here; what is typed from now on acts."""
        self._asking.clear()
        self._typed_ahead.forget()

    async def on_event(self, event: Event) -> None:
        """Let a key act, or wait for its turn. A window that is not in front keeps the focus where it is."""
        if isinstance(event, AppBlur | AppFocus):
            return  # Textual would take the focus away, and would not give it to what opens meanwhile
        if not isinstance(event, Key | Paste):
            await super().on_event(event)
        elif not self.screen_stack:
            return  # it has ended: no screen is left that would take a key
        elif event.is_forwarded:
            # It has passed all widgets, and would act on the screen in sight, which may be another one by now: one
            # that opened by itself, or is still being made.
            if self.screen is self._meant_for:
                await super().on_event(event)
        elif not self._typed_ahead.keeps(event, too_early=self._too_early()):
            await self._let_act(event)
        elif not self.screen.is_mounted:
            # Nothing but the screen itself would say that it is there: at the start, and where one opens by itself.
            self.set_timer(_LOOK_AGAIN, self._give_next)

    def _too_early(self) -> bool:
        """Whether what takes the next key is not there yet."""
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
        """Come after the key on its way from ``node`` up to the app, and ``then`` go on.

        Only there it acts, and what it does may be told by a message that goes the same way: Enter in a line leads to
        the next line when the screen hears of it. So the way is gone twice before it is the next key's turn.
        """
        if node is self:
            then()
            return
        above = node.parent or self
        if not node.call_later(self._follow, above, then):  # it has closed, and takes no key either
            self._follow(above, then)
