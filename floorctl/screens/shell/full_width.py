"""Full-width characters of Chinese input methods: outside text lines they act as the key that was pressed."""

from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.widget import Widget

from floorctl.tty.textual_internals import key_of

_BLANK = "\N{IDEOGRAPHIC SPACE}"
#: Marks of Chinese text on the keys; input methods differ. 、 comes from the key / or \, which has no binding.
_MARKS = {
    "。": ".", "｡": ".", "、": "/", "､": "/", "・": "/", "“": '"', "”": '"', "‘": "'", "’": "'", "【": "[", "】": "]",
    "「": "[", "」": "]", "｢": "[", "｣": "]", "〔": "[", "〕": "]", "『": "{", "』": "}", "《": "<", "》": ">",
    "〈": "<", "〉": ">", "￥": "$", "¥": "$", "·": "`", "…": "^", "—": "_", "−": "-", "￣": "~",
}  # fmt: skip
_HALF_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)} | _MARKS | {_BLANK: " "}


def half_width(key: Key) -> Key | None:
    """Return the key of this full-width character; None if there is none, or where a modifier was held."""
    char = _HALF_WIDTH.get(key.character or "")
    if char is None or any(held in key.key for held in ("ctrl+", "alt+", "super+", "hyper+", "meta+")):
        return None
    return key_of(char)


def as_meant(key: Key | Paste, takes_it: DOMNode) -> Key | Paste:
    """Return ``key`` for the focused ``takes_it``: unchanged where it is text, else the half-width key."""
    if not isinstance(key, Key) or (meant := half_width(key)) is None:
        return key
    is_text = isinstance(takes_it, Widget) and takes_it.check_consume_key(meant.key, meant.character)
    if not is_text:
        return meant
    return Paste(_BLANK) if key.character == _BLANK else key  # no line takes an unprintable key
