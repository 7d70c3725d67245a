"""A line to type a comment in that knows at once whether anything has been typed in it."""

from textual.events import Key, Paste
from textual.message import Message

from floorctl.widgets.plain import PlainInput

#: What goes on with a number that was typed before the line opened.
_POINTS = frozenset("0123456789.+-=")


class CommentLine(PlainInput):
    """``begun``: something has been typed since it opened, so that from then on digits are text too."""

    begun = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the key is text here, without asking the screen: what may still be points is not."""
        points = not self.begun and (character or "") in _POINTS
        return not points and super().check_consume_key(key, character)

    def post_message(self, message: Message) -> bool:
        """Note a key at once, and not when it has come through: the next one may be a digit."""
        if isinstance(message, (Key, Paste)):
            self.begun = True
        return super().post_message(message)
