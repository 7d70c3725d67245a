"""Whether two orders are about the same matter (twins): how likely, and the reasons for it.

Likeness of text, the phone or the address alone say little. What tells is the same problem at the same place within
one stretch of time, and nothing that speaks against it: another house number, another street, a question about a rule
against a complaint. Each is one number of ``Evidence``, weighed by ``WEIGHTS`` (``python -m tools.twins`` fits them
again and says what they reach).
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from operator import mul
from typing import NamedTuple

from floorctl.models.orders import Order
from floorctl.rules.orders import citizens_words as words
from floorctl.rules.orders.callers import normal_phone
from floorctl.rules.privacy import mask_address

#: From this score on two orders are likely to be about one matter.
THRESHOLD = 0.5
#: After this time the same problem at the same place is a new one: the first was over.
FAR_APART = timedelta(days=60)
#: Characters of a content that are read. What an agent writes is a tenth of it.
_LONGEST = 1500
#: Names that two orders share count up to here; a text that was copied has dozens.
_MOST_NAMES = 12
#: Characters at the end of two titles that tell the same, so that what stands before them is where.
_SAME_ENDING = 6
#: Words given with a reason.
_SHOWN = 3
#: Kinds of problem of one order that others are looked up by, and words for them: the order's own come first. Each of
#: them costs time among a million orders.
_KINDS_LOOKED_UP, _PROBLEMS_LOOKED_UP = 3, 6


class Reason(NamedTuple):
    """Why two orders are likely, or less likely, to be about one matter; the catalogues word it.

    ``code``: same_caller, refers_back, same_names or same_problem (``words``), days_apart (``days``); against it
    other_number, other_place, asks_rule or own_cases.
    """

    code: str
    words: tuple[str, ...] = ()
    days: int = 0


class Likeness(NamedTuple):
    """``score``: 0 to 1, ``THRESHOLD`` or more for likely. ``reasons``: those for it first."""

    score: float
    reasons: tuple[Reason, ...] = ()


class Matter(NamedTuple):
    """What is compared of an order. ``phone``: empty where the caller is not known or is not to be known by it."""

    title: str
    received_at: datetime
    content: str = ""
    region: str = ""
    address: str = ""
    phone: str = ""


def matter(order: Order) -> Matter:
    """Return what is compared of ``order``; of a confidential one neither phone nor address: a reason would tell."""
    citizen = None if order.confidential else order.citizen
    return Matter(
        title=order.title,
        received_at=order.received_at,
        content=order.content,
        region=order.region or "",
        address="" if citizen is None else citizen.address or "",
        phone="" if citizen is None else citizen.phone or "",
    )


class Traits(NamedTuple):
    """A matter taken apart, once for all comparisons. ``shown``: the text whose words may be told.

    ``pairs``: pairs of characters of title, content and address, but for the region's name. ``problems``: kind of
    problem → words for it in the text; ``title_problems``: kinds that the title names. ``numbers``: what is numbered →
    its numbers; ``doors``: without those of the address. ``places``: for each kind of place, the beginnings of names in
    the address; ``titled``: in the title.
    """

    text: str
    heading: str
    region: str
    title: frozenset[str]
    shown: str
    pairs: frozenset[str]
    problems: Mapping[int, frozenset[str]]
    title_problems: frozenset[int]
    numbers: Mapping[str, frozenset[str]]
    doors: Mapping[str, frozenset[str]]
    places: tuple[frozenset[str], ...]
    titled: tuple[frozenset[str], ...]
    phone: str
    received_at: datetime
    asks: bool
    refers: bool


def traits(of: Matter) -> Traits:
    """Take a matter apart."""
    title, content, address = _plain(of.title), _plain(of.content[:_LONGEST]), _plain(of.address[:_LONGEST])
    region = _plain(of.region)
    told, where = f"{title} {content}", address.replace(region, " ") if region else address
    text = f"{told} {address}"
    problems = _problems(told)
    return Traits(
        text=text,
        heading=title,
        region=region,
        title=_pairs(title),
        shown=f"{told} {mask_address(address)}",
        pairs=_pairs(_without_region(text, region)),
        problems=problems,
        title_problems=frozenset(kind for kind, named in problems.items() if any(word in title for word in named)),
        numbers=_numbers(text),
        doors=_numbers(told),
        places=tuple(frozenset(kind.findall(where)) for kind in _PLACES),
        titled=tuple(frozenset(_named(title, kind)) for kind in _PLACES),
        phone=normal_phone(of.phone),
        received_at=of.received_at,
        asks=_ASKS.match(title) is not None,
        refers=_REFERS.search(told) is not None,
    )


class Evidence(NamedTuple):
    """What speaks for one matter, and what against it, as numbers that ``WEIGHTS`` weigh.

    ``names``: how many rare pairs of characters both have, on a logarithmic scale; ``nameless``: none. ``title``: how
    far each title's problem is the other order's; ``problem``: how far the texts name the same ones. ``back``: the same
    caller comes back to it. ``asks``: one is a question about a rule; ``own``: two callers' questions, or own cases.
    """

    names: float
    nameless: float
    title: float
    problem: float
    far: float
    asks: float
    own: float
    number: float
    place: float
    back: float


#: What each number adds to the log odds, and the odds without any. Fitted by ``tools/twins.py`` on 75 labelled pairs,
#: but for ``nameless`` and ``own``: hardly a pair of that file has them, while nearly all pairs of a floor's orders do.
WEIGHTS = Evidence(
    names=0.07, nameless=-3.0, title=2.39, problem=1.85, far=-3.18, asks=-2.3, own=-2.5, number=-2.92, place=-2.32,
    back=1.45,
)  # fmt: skip
_BIAS = -2.56


def likeness(a: Traits, b: Traits) -> Likeness:
    """Return how likely two orders are about one matter, and why. Symmetric."""
    first, second = _in_turn(a, b)
    found = evidence(first, second)
    return Likeness(_score(found), tuple(_reasons(first, second, found)))


def score(a: Traits, b: Traits) -> float:
    """Return the score of ``likeness`` alone, which takes less time."""
    return _score(evidence(*_in_turn(a, b)))


def same_caller(a: Traits, b: Traits) -> bool:
    """Whether both orders are of one phone number."""
    return bool(a.phone) and a.phone == b.phone


class Lookup(NamedTuple):
    """Pairs of characters by which orders like one are looked up: parts of names, and beginnings of problem words."""

    names: tuple[str, ...]
    problems: tuple[str, ...]


def lookup(of: Matter, most: int) -> Lookup:
    """Return by what orders like ``of`` are looked up, at most ``most`` names.

    First those that stand before a word for a place, then those of more than one of title, content and address.
    """
    taken = traits(of)
    parts = (taken.title, _pairs(_plain(of.address[:_LONGEST])), _pairs(_plain(of.content[:_LONGEST])))
    placed = {name for kind in _PLACES for name in kind.findall(taken.text)}

    def rank(name: str) -> tuple[bool, int, bool, str]:
        return name not in placed, -sum(name in part for part in parts), name not in taken.title, name

    found = taken.pairs - _common() - _kinds().pairs
    names = sorted((name for name in found if _FILLERS.isdisjoint(name)), key=rank)[:most]
    kinds = sorted(taken.problems, key=lambda kind: (kind not in taken.title_problems, kind))[:_KINDS_LOOKED_UP]
    starts = [word[:2] for kind in kinds for word in sorted(taken.problems[kind])]
    starts += [pair for kind in kinds for pair in sorted(_kinds().starts[kind])]
    return Lookup(tuple(names), tuple(dict.fromkeys(starts))[:_PROBLEMS_LOOKED_UP])


# -- what is compared


def _in_turn(a: Traits, b: Traits) -> tuple[Traits, Traits]:
    """The order received first, and the other; of two received at once in any turn that is always the same."""
    return (a, b) if (a.received_at, a.text) <= (b.received_at, b.text) else (b, a)


def _score(found: Evidence) -> float:
    return 1 / (1 + math.exp(-(_BIAS + sum(map(mul, WEIGHTS, found)))))


def evidence(first: Traits, second: Traits) -> Evidence:
    """Return what speaks for and against one matter; ``first`` was received first."""
    names = _shared_names(first, second)
    shared = first.problems.keys() & second.problems.keys()
    titled = frozenset(shared & (first.title_problems | second.title_problems))
    wide = not titled.isdisjoint(_kinds().wide)
    title = (_told_in(first, second) + _told_in(second, first)) / 2
    fewest = min(len(first.problems), len(second.problems))
    return Evidence(
        names=math.log1p(min(len(names), _MOST_NAMES)),
        nameless=float(not names),
        title=title,
        problem=len(shared) / fewest if fewest else title,
        far=float(second.received_at - first.received_at > FAR_APART),
        asks=float(first.asks != second.asks),
        own=float(_own_cases(first, second, titled)),
        number=float(_other_number(first, second, wide)),
        place=float(_other_place(first, second)),
        back=float(second.refers and same_caller(first, second)),
    )


def _told_in(one: Traits, other: Traits) -> float:
    """How much of what one order's title names is in the other order: by kind of problem, else by the letters."""
    if one.title_problems:
        return len(one.title_problems & other.problems.keys()) / len(one.title_problems)
    return len(one.title & other.pairs) / len(one.title) if one.title else 0.0


def _shared_names(a: Traits, b: Traits) -> frozenset[str]:
    return (a.pairs & b.pairs) - _common() - _kinds().pairs


def _other_number(a: Traits, b: Traits, wide: bool) -> bool:
    """Whether both name numbers of one kind, and no common one; in a wide matter only those of bus lines count."""
    kinds = a.numbers.keys() & b.numbers.keys()
    return any(a.numbers[kind].isdisjoint(b.numbers[kind]) for kind in kinds if not wide or kind == words.BUS_LINE)


def _other_place(a: Traits, b: Traits) -> bool:
    """Whether they are of different regions, or name places of one kind of which neither order names the other's.

    With the same door, one of the names was misheard.
    """
    if a.region and b.region and a.region != b.region:
        return True
    if any(not a.doors.get(door, _NONE).isdisjoint(b.doors.get(door, _NONE)) for door in words.DOORS):
        return False
    return _other_beginning(a, b) or any(
        bool(of_a and of_b) and not any(name in b.text for name in of_a) and not any(name in a.text for name in of_b)
        for of_a, of_b in (*zip(a.places, b.places, strict=True), *zip(a.titled, b.titled, strict=True))
    )


def _other_beginning(a: Traits, b: Traits) -> bool:
    """Whether the titles end alike, and begin with names of which neither order has anything of the other's."""
    if len(a.heading) < _SAME_ENDING or a.heading[-_SAME_ENDING:] != b.heading[-_SAME_ENDING:]:
        return False
    end = next(
        (at for at, (x, y) in enumerate(zip(a.heading[::-1], b.heading[::-1], strict=False)) if x != y),
        min(len(a.heading), len(b.heading)),
    )
    name, others = (_pairs(each.heading[:-end]) - _common() - _kinds().pairs for each in (a, b))
    return bool(name and others) and name.isdisjoint(b.pairs) and others.isdisjoint(a.pairs)


def _own_cases(a: Traits, b: Traits, titled: frozenset[int]) -> bool:
    """Whether two callers ask about a rule, or each about a case of their own."""
    if same_caller(a, b):
        return False
    return (a.asks and b.asks) or bool(titled and titled <= _kinds().own)


def _reasons(first: Traits, second: Traits, found: Evidence) -> Iterable[Reason]:
    if same_caller(first, second):
        yield Reason("refers_back" if found.back else "same_caller")
    if problems := _words_of(first, second):
        yield Reason("same_problem", problems)
    if shown := _common_runs(second.shown, first.shown, _shared_names(first, second)):
        yield Reason("same_names", shown)
    yield Reason("days_apart", days=abs((second.received_at - first.received_at).days))
    if found.number:
        yield Reason("other_number")
    if found.place:
        yield Reason("other_place")
    if found.asks:
        yield Reason("asks_rule")
    if found.own:
        yield Reason("own_cases")


def _words_of(first: Traits, second: Traits) -> tuple[str, ...]:
    """The problems that both name, in the words of the later order, the title's first."""
    shared = first.problems.keys() & second.problems.keys()
    titled = first.title_problems | second.title_problems
    kinds = sorted(shared, key=lambda kind: (kind not in titled, kind))
    chosen = [max(second.problems[kind], key=lambda word: (len(word), word)) for kind in kinds]
    return tuple(dict.fromkeys(chosen))[:_SHOWN]


def _common_runs(text: str, other: str, names: frozenset[str]) -> tuple[str, ...]:
    """The longest stretches that both texts have and that hold one of ``names``, without digits and separators."""
    found: list[str] = []
    for run in _HAN_RUN.findall(text):
        at = 0
        while at < len(run) - 1:
            end = at + 2
            while end <= len(run) and run[at:end] in other:
                end += 1
            stretch = run[at : end - 1]
            if any(stretch[place : place + 2] in names for place in range(len(stretch) - 1)):
                found.append(stretch)
            at += max(len(stretch) - 1, 1)
    longest: list[str] = []
    for stretch in sorted(found, key=lambda each: -len(each)):
        if not any(stretch in longer for longer in longest):
            longest.append(stretch)
    return tuple(longest[:_SHOWN])


# -- taking texts apart


class _Problems(NamedTuple):
    """``by_pair``: first two characters of a word → its kind and the word; ``pairs``: all pairs in the words.

    ``starts``: kind → the first two characters of its words.
    ``wide``: kinds that a whole quarter has at once; ``own``: kinds in which each person has a case of their own.
    """

    by_pair: Mapping[str, tuple[tuple[int, str], ...]]
    starts: Mapping[int, frozenset[str]]
    pairs: frozenset[str]
    wide: frozenset[int]
    own: frozenset[int]


_NONE: frozenset[str] = frozenset()
_NUMERAL, _BLOCK = re.compile(words.NUMERAL), re.compile(words.BLOCK)
_NUMBERED = re.compile(words.NUMBERED)
_PLACES = tuple(re.compile(pattern) for pattern in words.PLACES)
_ASKS, _REFERS = re.compile(words.ASKS), re.compile(words.REFERS)
_FILLERS = frozenset(words.FILLERS)
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")


@cache
def _kinds() -> _Problems:
    by_pair: dict[str, list[tuple[int, str]]] = {}
    wide, own = set(), set()
    for kind, line in enumerate(words.PROBLEMS.split("\n")):
        if line.startswith("*"):
            wide.add(kind)
        elif line.startswith("!"):
            own.add(kind)
        for word in line.lstrip("*!").split():
            by_pair.setdefault(word[:2], []).append((kind, word))
    every = (word for found in by_pair.values() for _, word in found)
    pairs = frozenset(word[at : at + 2] for word in every for at in range(len(word) - 1))
    starts: dict[int, set[str]] = {}
    for pair, words_so in by_pair.items():
        for kind, _ in words_so:
            starts.setdefault(kind, set()).add(pair)
    return _Problems(
        by_pair={pair: tuple(found) for pair, found in by_pair.items()},
        starts={kind: frozenset(found) for kind, found in starts.items()},
        pairs=pairs,
        wide=frozenset(wide),
        own=frozenset(own),
    )


@cache
def _common() -> frozenset[str]:
    text = words.COMMON.replace("\n", "")
    return frozenset(text[at : at + 2] for at in range(0, len(text), 2))


def _plain(text: str) -> str:
    """``text`` in one width and case, with numerals as digits and blocks written in one way."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return _BLOCK.sub(words.BLOCK_AS, _NUMERAL.sub(_digits, text))


def _digits(numeral: re.Match[str]) -> str:
    text = numeral.group().replace("\u3007", words.DIGITS[0])
    tens, ten, ones = text.rpartition(words.TEN)
    if not ten:
        return "".join(str(words.DIGITS.index(each)) for each in text)
    value = words.DIGITS.find(tens) if tens else 1
    return f"{max(value, 1)}{max(words.DIGITS.find(ones), 0) if ones else 0}"


def _pairs(text: str) -> frozenset[str]:
    return frozenset(run[at : at + 2] for run in _HAN_RUN.findall(text) for at in range(len(run) - 1))


def _named(title: str, kind: re.Pattern[str]) -> Iterable[str]:
    """The beginnings of names of places in a title; not what only ends like one, as a blocked road does."""
    for found in kind.finditer(title):
        name, end = found.group(), found.end()
        if name not in _common() and not {name, title[end - 1 : end + 1]} & _kinds().pairs:
            yield name


def _without_region(text: str, region: str) -> str:
    if not region:
        return text
    text = text.replace(region, " ")
    short = region.rstrip(words.REGION_ENDS)
    return text.replace(short, " ") if len(short) > 1 else text


def _problems(text: str) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    by_pair = _kinds().by_pair
    for pair in _all_pairs(text) & by_pair.keys():
        for kind, word in by_pair[pair]:
            if word in text:
                found.setdefault(kind, set()).add(word)
    return {kind: frozenset(named) for kind, named in found.items()}


def _all_pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def _numbers(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for number, kind in _NUMBERED.findall(text):
        found.setdefault(kind, set()).add(number)
    return {kind: frozenset(numbers) for kind, numbers in found.items()}
