"""The words of a call: the citizen tells the matter of the order that was made of it, and the agent takes it down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from floorctl.models.orders import Order
from floorctl.models.quality import TranscriptLine
from floorctl.simulator.content import people, places, read
from floorctl.simulator.content.orders import department_names
from floorctl.simulator.content.outcomes import fits
from floorctl.simulator.content.story import Story, blanks, story_of

_AGENT, _CITIZEN = "agent", "citizen"
#: Fewest and most lines; a line more for each so many seconds that a call is longer than the shortest.
_FEWEST, _MOST, _SECONDS_A_LINE, _SHORTEST = 8, 20, 12, 40
#: Seconds that a character takes to say, and the pause before a line, in characters.
_SECONDS_A_CHARACTER, _PAUSE = 0.22, 5
#: Blanks that say how long it has been so; the words for them are in the texts under the same name.
_SINCE = ("days", "weeks", "months", "day", "lately")
#: Those that say when it happened.
_ONCE = ("day", "lately")
_NAMED = tuple(each for each in places.KINDS if each not in ("street", "road", "community"))
#: Places that are told by their name, after where they are.
_CALLED = frozenset({
    "company", "factory", "builder", "property", "trainer", "eatery", "club", "pharmacy", "grocery", "appliance",
    "phone_shop", "health_shop", "driving", "tutor", "pool", "salon", "banquet",
})  # fmt: skip


@dataclass(frozen=True)
class _Exchange:
    """Lines that belong together. ``rank``: 0 is always said, the others where there is time, the lowest first."""

    lines: tuple[tuple[str, str], ...]
    rank: int = 0
    #: After these lines the citizen waits.
    holds: bool = False


_Words = dict[str, dict[str, list[str]]]


def transcript(rng: Random, order: Order, no: str, seconds: float) -> tuple[TranscriptLine, ...]:
    """Return what was said in the call of ``seconds`` that ``order`` came from, answered by the agent ``no``."""
    exchanges = list(_call(rng, order, no))
    most = min(_MOST, max(_FEWEST, round(_FEWEST + (seconds - _SHORTEST) / _SECONDS_A_LINE)))
    room = most - sum(len(each.lines) for each in exchanges if not each.rank)
    spoken = {id(each) for each in exchanges if not each.rank}
    for each in sorted((each for each in exchanges if each.rank), key=lambda each: each.rank):
        if len(each.lines) <= room:
            spoken.add(id(each))
            room -= len(each.lines)
    return _timed(rng, [each for each in exchanges if id(each) in spoken], seconds)


def _timed(rng: Random, exchanges: Sequence[_Exchange], seconds: float) -> tuple[TranscriptLine, ...]:
    lines = [(who, text, each.holds) for each in exchanges for who, text in each.lines]
    lengths = [(_PAUSE * rng.uniform(0.4, 1.6) + len(text)) * _SECONDS_A_CHARACTER for _, text, _ in lines]
    spare = seconds * 0.97 - sum(lengths)
    if spare < 0:
        pace, waits = seconds * 0.97 / sum(lengths), [0.0] * len(lines)
    else:
        # The time that is left is spent typing and looking up; most of it where the citizen is asked to wait.
        pace, weights = 1.0, [8.0 if holds else 1.0 for _, _, holds in lines]
        waits = [spare * weight / sum(weights) for weight in weights]
    made, at = [], 0.4
    for (who, text, _), length, wait in zip(lines, lengths, waits, strict=True):
        made.append(TranscriptLine(speaker=who, at=round(min(at, seconds - 0.2), 1), text=text))
        at += length * pace + wait
    return tuple(made)


def _call(rng: Random, order: Order, no: str) -> Iterator[_Exchange]:
    words = read("work")["transcript"]
    story = story_of(order)
    said = story.case.said.format_map(story.slots) if story is not None else order.title
    urgent = order.urgency != "normal"
    told = rng.choice(words["told"]["urgent" if urgent else order.type])
    yield _Exchange(
        ((_AGENT, words["open"].format(line=order.line, no=no)), (_CITIZEN, told.format(line=order.line, said=said)))
    )
    place = _place(order, story, said)
    if place is not None:
        where = words["where"]
        asked = rng.choice(
            where["urgent"]
            if urgent
            else where.get(place.asked, where["named" if place.asked in _CALLED else "public"])
        )
        yield _Exchange(((_AGENT, asked), (_CITIZEN, rng.choice(words["place"]).format(place=place.spoken))))
    if story is not None and not urgent:
        yield from _more(rng, order, story, words)
    yield _contact(rng, order, words)
    if not urgent and order.type != "inquiry":
        wish = rng.choice(words["wish"][order.type])
        yield _Exchange(((_AGENT, rng.choice(words["wish"]["asked"])), (_CITIZEN, wish)), rank=5)
    if not urgent:
        waiting = "look_up" if order.state == "answered" else "typing"
        yield _Exchange(
            ((_AGENT, rng.choice(words["hold"][waiting])), (_CITIZEN, rng.choice(words["hold"][f"{waiting}_yes"]))),
            rank=2,
            holds=True,
        )
    repeated = _repeated(rng, order, place.repeated if place is not None else "", words)
    yield _Exchange(((_AGENT, repeated), (_CITIZEN, rng.choice(words["yes"]))))
    yield from _end(rng, order, story, words)


def _more(rng: Random, order: Order, story: Story, words: _Words) -> Iterator[_Exchange]:
    since = [each for each in _SINCE if each in story.slots and each not in set(blanks(story.case.said))]
    if since:
        reply = rng.choice(words["since"][since[0]]).format_map(story.slots)
        asked = rng.choice(words["since"]["when" if since[0] in _ONCE else "how_long"])
        yield _Exchange(((_AGENT, asked), (_CITIZEN, reply)), rank=1)
    if order.type in ("complaint", "help", "report") and not any(
        each in story.case.content for each in words["before"]["tells"]
    ):
        yield _Exchange(
            ((_AGENT, rng.choice(words["before"]["asked"])), (_CITIZEN, rng.choice(words["before"]["reply"]))), rank=6
        )


def _contact(rng: Random, order: Order, words: _Words) -> _Exchange:
    citizen = order.citizen
    phone = citizen.phone if citizen is not None else None
    tail = f"{phone[-4:]}" if phone else ""
    asked = rng.choice(words["contact"]["asked" if tail else "asked_for_number"]).format(tail=tail)
    if citizen is None or citizen.name is None:
        reply = rng.choice(words["contact"]["unnamed"])
    else:
        reply = rng.choice(words["contact"]["named"]).format(surname=citizen.name[0])
    return _Exchange(((_AGENT, asked), (_CITIZEN, reply)))


def _repeated(rng: Random, order: Order, place: str, words: _Words) -> str:
    citizen = order.citizen
    called, matter = "", order.title
    if citizen is not None and citizen.name is not None:
        form = people.form_of_address(citizen.name)
        called = words["repeat"]["called"][0].format(surname=citizen.name[0], form=form)
    for each in words["repeat"]["dropped"]:
        matter = matter.removeprefix(each)
    at = words["repeat"]["place"][0].format(place=place) if place else ""
    return rng.choice(words["repeat"][order.type]).format(called=called, matter=matter, place=at)


def _end(rng: Random, order: Order, story: Story | None, words: _Words) -> Iterator[_Exchange]:
    end, thanks = words["end"], words["thanks"]
    urgent = order.urgency != "normal"
    if order.state == "answered" and story is not None and story.case.answer:
        answer = story.case.answer.format_map(story.slots)
        told = rng.choice(end["answered"]).format(answer=answer)
        yield _Exchange(((_AGENT, told), (_CITIZEN, rng.choice(thanks["answered"]))))
        offer = ((_AGENT, rng.choice(end["offer"])), (_CITIZEN, rng.choice(end["offer_yes"])))
        slowly = ((_AGENT, rng.choice(end["again"]).format(answer=answer)), (_CITIZEN, rng.choice(end["noted"])))
        yield _Exchange((*offer, *slowly), rank=7)
    else:
        kind = "known" if order.state == "answered" else order.urgency
        lead = order.lead_department_id if fits(order, order.lead_department_id) else None
        department = department_names().get(lead or "", end["unit"][0])
        told = rng.choice(end[kind]).format(department=department)
        yield _Exchange(((_AGENT, told), (_CITIZEN, rng.choice(thanks["urgent" if urgent else "registered"]))))
        if kind == "normal":
            limit = rng.choice(end[f"limit_{order.type}"])
            yield _Exchange(((_AGENT, limit), (_CITIZEN, rng.choice(end["limit_yes"]))), rank=3)
    if not urgent:
        yield _Exchange(((_AGENT, rng.choice(end["else"])), (_CITIZEN, rng.choice(end["nothing"]))), rank=4)
    yield _Exchange(((_AGENT, rng.choice(words["close"]["urgent" if urgent else "normal"])),))


@dataclass(frozen=True)
class _Place:
    """Where it is: ``spoken`` as the citizen says it, ``repeated`` by the agent; ``asked``: by which question."""

    spoken: str
    repeated: str
    asked: str


def _place(order: Order, story: Story | None, said: str) -> _Place | None:
    """Return the place of the order without what has been said already; None if nothing is left to ask for."""
    words = read("work")["transcript"]["places"]
    region = order.region or ""
    if story is None:
        return _Place(region, region, "region")
    slots = story.slots
    written = set(blanks(story.case.title + story.case.content))
    if order.type == "inquiry" and written.isdisjoint({"region", "street", "road", "community", *places.KINDS}):
        return None
    unsaid = [each for each in _kinds(slots) if slots[each.split("-")[0]] not in said]
    near = [words[each].format_map(slots) for each in unsaid if each not in _CALLED]
    called = [words[each].format_map(slots) for each in unsaid if each in _CALLED]
    if region in said and not unsaid:
        return None
    where = ("" if region in said else region) + words["and"].join(near)
    asked = unsaid[0].split("-")[0] if unsaid else "region"
    return _Place(words["and"].join(each for each in (where, *called) if each), where, asked)


def _kinds(slots: Mapping[str, str]) -> Iterator[str]:
    """Yield what names the places in ``slots``, the largest first."""
    if "road" in slots:
        yield "road-crossing" if "road2" in slots else "road"
    if "street" in slots:
        yield "street"
    if "community" in slots:
        if "building" in slots:
            yield "community-unit" if "unit" in slots else "community-building"
        else:
            yield "community"
    yield from (each for each in _NAMED if each in slots)
