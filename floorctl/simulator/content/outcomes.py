"""How an order ends in words: the answer on the spot, and what the department did; and which departments fit it."""

from random import Random

from floorctl.models.orders import Order
from floorctl.simulator.content import read
from floorctl.simulator.content.orders import REGION, government_of, topic_of, topics
from floorctl.simulator.content.story import Story, blanks, story_of

#: Share of orders that the department which usually handles them is in charge of.
_USUAL_LEAD_SHARE = 0.8
_JOINED_SHARE = 0.12


def answer(rng: Random, order: Order) -> str:
    """Return what stands in an order that was answered on the spot."""
    words = read("work")["answers"]
    story = story_of(order)
    if story is not None and story.case.answer and _tells(story, story.case.answer):
        return _filled(rng.choice(words["given"]), story, answer=story.case.answer.format_map(story.slots))
    return _plain(rng.choice(words["known"]), order)


def result(rng: Random, order: Order) -> str:
    """Return what the department writes when it has handled ``order``."""
    words = read("work")["results"]
    story = story_of(order)
    if story is None or not _tells(story, story.case.answer, *story.case.done):
        kind = "asked" if order.type == "inquiry" else "other"
        return _plain(rng.choice(words[kind]), order)
    if story.case.answer:
        return _filled(rng.choice(words["answered"]), story, answer=story.case.answer.format_map(story.slots))
    done = rng.choice(story.case.done).format_map(story.slots)
    return _filled(rng.choice(words["told"]), story, done=done)


def _tells(story: Story, *texts: str) -> bool:
    """Return whether the order has all that these texts say of it: the citizen's own words may leave something out."""
    return all(name in story.slots for text in texts for name in blanks(text))


def _filled(text: str, story: Story, **more: str) -> str:
    return text.format_map({**story.slots, **more})


def _plain(text: str, order: Order) -> str:
    callers = read("orders")["openings"]["callers"]
    return text.format(caller=callers.get(order.channel) or callers["online"])


def fits(order: Order, department_id: str | None) -> bool:
    """Return whether ``department_id`` handles what ``order`` is about: one of its category, or its region's own."""
    topic = topic_of(order.category_id)
    return topic is None or department_id in topic.departments or department_id == government_of(order.region)


def handling(order: Order) -> list[str]:
    """Return the departments that handle what ``order`` is about, the usual one first."""
    story = story_of(order)
    topic = topic_of(order.category_id) or topics()[0]
    listed = story.case.departments if story is not None else topic.departments
    own = government_of(order.region)
    fitting = [own if each == REGION else each for each in listed]
    return [each for each in fitting if each is not None]


def responsible(rng: Random, order: Order) -> tuple[str, ...]:
    """Return the departments for ``order``, the one in charge first; a special order has two where two can help."""
    known = handling(order)
    lead = known[0] if rng.random() < _USUAL_LEAD_SHARE else rng.choice(known)
    others = [each for each in known if each != lead]
    joined = (order.urgency != "normal" or rng.random() < _JOINED_SHARE) and bool(others)
    return (lead, rng.choice(others)) if joined else (lead,)
