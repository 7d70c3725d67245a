"""A line for a comment that records at once whether anything has been typed in it."""

from textual.events import Key, Paste
from textual.message import Message

from floorctl.widgets.plain import PlainInput

#: Characters that continue a number typed before the line opened.
_POINTS = frozenset("0123456789.+-=")


class CommentLine(PlainInput):
    """``begun``: something has been typed since the line opened; from then on digits are text too."""

    begun = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return whether the key is text here. Characters that may still be points are not."""
        points = not self.begun and (character or "") in _POINTS
        return not points and super().check_consume_key(key, character)

    def post_message(self, message: Message) -> bool:
        """Record a key when it is posted, not when it is handled: the next one may be a digit."""
        if isinstance(message, (Key, Paste)):
            self.begun = True
        return super().post_message(message)
