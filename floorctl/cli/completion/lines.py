"""What shells send and what they are answered.

Each shell's script starts the program with the shell's name in an environment variable (``floorctl.cli.run``), and with
the line or its words as arguments. The answer is a line with what the shell is to do (``files``, ``open``, ``words``),
then one line for each candidate; for zsh and fish its meaning follows behind a tab.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from floorctl.cli.completion.candidates import Found

SHELLS = ("bash", "zsh", "fish")
#: What has a meaning to bash outside quotes, and within double ones.
_SPECIAL = re.compile(r"([^\w@%+=:,./\-])", re.ASCII)
_SPECIAL_IN_QUOTES = re.compile(r'(["\\$`])')
_REDIRECTION = re.compile(r"\d*(?:[<>]{1,3}|>\||&>{1,2}|>&|<&)")
#: Inside quotes a backslash and these are one character.
_ESCAPED_IN_QUOTES = '"\\$`'


@dataclass(frozen=True)
class Asked:
    """The finished words behind the program's name, and the one at the cursor."""

    words: Sequence[str]
    word: str
    #: Whether the word is the name of a file, whatever the program says: ``> FILE``.
    redirected: bool = False


@dataclass
class Token:
    """A word of a bash line, as the shell reads it; ``begins``: where it stands.

    ``quote``: the quote that is still open, and ``before_quote`` what of the word stands before it.
    """

    begins: int
    text: str = ""
    quote: str = ""
    before_quote: str = ""


def tokens(line: str) -> list[Token]:
    """The words of an unfinished bash line; the last one is empty where the line ends with a blank."""
    found: list[Token] = []
    at, now = 0, None
    while at < len(line):
        char = line[at]
        if char.isspace() and (now is None or not now.quote):
            now = None
            at += 1
            continue
        if now is None:
            now = Token(at)
            found.append(now)
        at = _read(line, at, now)
    if now is None:
        found.append(Token(len(line)))
    return found


def _read(line: str, at: int, token: Token) -> int:
    """Read one character of a word, which may be escaped or be a quote; return where the next one is."""
    char, behind = line[at], line[at + 1 : at + 2]
    if token.quote:
        if char == token.quote:
            token.quote = ""
        elif char == "\\" and token.quote == '"' and behind and behind in _ESCAPED_IN_QUOTES:
            token.text += behind
            return at + 2
        else:
            token.text += char
    elif char in "'\"":
        token.quote, token.before_quote = char, token.text
    elif char == "\\" and behind:
        token.text += behind
        return at + 2
    elif char != "\\":
        token.text += char
    return at + 1


def asked(shell: str, arguments: Sequence[str]) -> Asked:
    """What a shell asks: bash with the line up to the cursor, the others with the words behind the program's name."""
    if shell != "bash":
        *words, word = arguments or [""]
        if shell == "fish":  # as it stands on the line
            word = tokens(word)[-1].text if word else ""
        return Asked(words, word)
    *before, last = tokens(arguments[0] if arguments else "")
    words = [each.text for each in before[1:]]
    redirected = bool(words) and _REDIRECTION.fullmatch(words[-1]) is not None
    return Asked(words, last.text, redirected)


def answer(shell: str, arguments: Sequence[str], found: Found) -> Iterator[str]:
    """The lines of the answer."""
    if found.files:
        yield f"files {found.kept}".rstrip()
        return
    yield "open" if any(each.open for each in found.candidates) else "words"
    if shell == "bash":
        breaks = arguments[1] if len(arguments) > 1 else ""
        yield from bash_words(arguments[0], breaks, [each.word for each in found.candidates])
    else:
        for each in found.candidates:
            yield f"{each.word}\t{each.meaning}" if each.meaning else each.word


def bash_words(line: str, breaks: str, words: Sequence[str]) -> Iterator[str]:
    """What readline is to put in the place of what it takes for the unfinished word.

    That is less than the word where one of ``breaks`` is in it, or a quote; and where a quote is open, readline closes
    it.
    """
    token = tokens(line)[-1]
    before = token.before_quote if token.quote else _before_the_last_break(line, token.begins, breaks)
    for word in words:
        rest = word.removeprefix(before)
        if not word.startswith(before) or (token.quote == "'" and "'" in rest):
            continue
        if not token.quote:
            yield _SPECIAL.sub(_escape, rest)
        else:
            yield _SPECIAL_IN_QUOTES.sub(r"\\\1", rest) if token.quote == '"' else rest


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return char if not char.isascii() else f"\\{char}"


def _before_the_last_break(line: str, begins: int, breaks: str) -> str:
    """What of the word stands before the place at which readline breaks it."""
    token, kept, at = Token(begins), "", begins
    while at < len(line):
        breaks_here = not token.quote and line[at] in breaks and line[at] not in "\\'\""
        at = _read(line, at, token)
        kept = token.text if breaks_here else kept
    return kept
