"""Keys as the Chinese input method gives them: where no text is typed, each means the key that was pressed."""

from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.widget import Widget

from floorctl.tty.textual_internals import key_of

_BLANK = "\N{IDEOGRAPHIC SPACE}"
#: What else stands on the keys: the marks of Chinese text, some by one input method and some by another. 、 is given by
#: the key of / or of \, which acts nowhere.
_MARKS = {
    "。": ".", "｡": ".", "、": "/", "､": "/", "・": "/", "“": '"', "”": '"', "‘": "'", "’": "'", "【": "[", "】": "]",
    "「": "[", "」": "]", "｢": "[", "｣": "]", "〔": "[", "〕": "]", "『": "{", "』": "}", "《": "<", "》": ">",
    "〈": "<", "〉": ">", "￥": "$", "¥": "$", "·": "`", "…": "^", "—": "_", "−": "-", "￣": "~",
}  # fmt: skip
_HALF_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)} | _MARKS | {_BLANK: " "}


def half_width(key: Key) -> Key | None:
    """The key that has this full-width form; None if ``key`` is none, or was pressed with another one."""
    char = _HALF_WIDTH.get(key.character or "")
    if char is None or any(held in key.key for held in ("ctrl+", "alt+", "super+", "hyper+", "meta+")):
        return None
    return key_of(char)


def as_meant(key: Key | Paste, takes_it: DOMNode) -> Key | Paste:
    """``key`` as it acts where ``takes_it`` has the keys: in a line of text it is that text, elsewhere the key."""
    if not isinstance(key, Key) or (meant := half_width(key)) is None:
        return key
    is_text = isinstance(takes_it, Widget) and takes_it.check_consume_key(meant.key, meant.character)
    if not is_text:
        return meant
    return Paste(_BLANK) if key.character == _BLANK else key  # a key that can't be seen would go into no line
