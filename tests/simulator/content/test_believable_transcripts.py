"""What is said in the calls of the simulated floor is the story of the orders that were made of them."""

import re
from itertools import pairwise
from random import Random
from statistics import fmean

from msgspec.structs import replace

from floorctl.models.orders import ORDER_TYPES
from floorctl.simulator.content import people, places
from floorctl.simulator.content.orders import department_names
from floorctl.simulator.content.outcomes import fits
from floorctl.simulator.content.story import blanks, story_of
from floorctl.simulator.content.transcripts import transcript
from floorctl.simulator.world import order_life
from tests.simulator.content.reading import AGENT, Call, calls, citizen, no_call, orders, story, written

#: What is asked to find out where it is.
WHERE = re.compile(
    "在哪里|什么位置|哪个区县|详细地址|哪条路|说一下名称|是哪一家|单位名称|具体位置|是哪里的|哪个村|说清楚位置|哪家公司"
)


def test_there_are_three_hundred_of_every_kind() -> None:
    assert len(calls()) == 300
    assert {each.order.type for each in calls()} == set(ORDER_TYPES)
    assert {each.order.urgency for each in calls()} == {"normal", "special", "special_urgent"}
    assert {each.order.state for each in calls()} == {"answered", "closed"}


def test_the_agent_answers_with_the_line_and_the_number_and_ends_the_call() -> None:
    no_call(calls(), lambda call: call.lines[0].speaker != "agent")
    no_call(calls(), lambda call: f"四川{call.order.line}热线，工号{AGENT}" not in call.lines[0].text)
    no_call(calls(), lambda call: call.lines[-1].speaker != "agent")
    no_call(calls(), lambda call: any(a.speaker == b.speaker for a, b in pairwise(call.lines)))


def test_a_call_has_as_many_lines_as_it_is_long() -> None:
    no_call(calls(), lambda call: not 8 <= len(call.lines) <= 20)
    short = fmean(len(each.lines) for each in calls() if each.seconds < 80)
    long = fmean(len(each.lines) for each in calls() if each.seconds > 200)
    assert short + 4 < long


def test_times_go_on_and_end_before_the_call() -> None:
    no_call(calls(), lambda call: any(later.at <= each.at for each, later in pairwise(call.lines)))
    no_call(calls(), lambda call: call.lines[0].at < 0 or call.lines[-1].at >= call.seconds)


def test_nobody_speaks_faster_than_one_can_where_there_is_time() -> None:
    no_call(
        [each for each in calls() if each.seconds >= 120],
        lambda call: [each.text for each, later in pairwise(call.lines) if len(each.text) / (later.at - each.at) > 9],
    )


def test_the_citizen_tells_the_matter_and_does_not_read_the_title() -> None:
    def untold(call: Call) -> bool:
        told = story(call.order)
        return told.case.said.format_map(told.slots) not in call.lines[1].text

    no_call(calls(), untold)
    no_call(calls(), lambda call: call.order.title in call.said_by("citizen"))
    no_call(calls(), lambda call: re.search("诉求人|来电人|市民", call.said_by("citizen")))


def test_the_agent_repeats_the_matter_and_the_citizen_agrees() -> None:
    def wrong(call: Call) -> bool:
        matter = re.sub("^(咨询|举报|建议|申诉)", "", call.order.title)
        return not any(
            matter in each.text and later.speaker == "citizen" and re.search("对|是|嗯", later.text)
            for each, later in pairwise(call.lines)
            if each.speaker == "agent"
        )

    no_call(calls(), wrong)


def test_the_place_of_the_order_is_told_in_the_call() -> None:
    kinds = {"region", "street", "road", "road2", "community", "village", "school", "hospital", "company", "eatery"}

    def unsaid(call: Call) -> list[str]:
        told = story(call.order)
        named = set(blanks(told.case.title + told.case.content)) & kinds
        return [each for each in (told.slots[kind] for kind in named) if each not in call.said_by("citizen")]

    no_call(calls(), unsaid)


def test_no_other_place_is_told() -> None:
    every = {each for region in places.names() for kind in ("road", "community") for each in places.of(region)[kind]}
    said = written_and_answered

    def wrong(call: Call) -> list[str]:
        spoken = call.said_by("citizen") + call.said_by("agent")
        return [each for each in every | set(places.names()) if each in spoken and each not in said(call)]

    no_call(calls(), wrong)


def written_and_answered(call: Call) -> str:
    order = call.order
    lead = department_names().get(order.lead_department_id or "", "")
    return f"{written(order)}\n{order.region}\n{order.result}\n{lead}"


def test_who_asks_about_no_place_is_not_asked_for_one() -> None:
    def placeless(call: Call) -> bool:
        told = story(call.order)
        return {"region", *places.KINDS}.isdisjoint(blanks(told.case.title + told.case.content))

    asked = [each for each in calls() if each.order.type == "inquiry" and placeless(each)]
    assert asked
    no_call(asked, lambda call: WHERE.search(call.said_by("agent")))


def test_every_number_that_is_said_is_the_orders() -> None:
    def others(call: Call) -> set[str]:
        allowed = set(re.findall(r"\d+", written_and_answered(call))) | {call.order.line, AGENT}
        allowed |= {(citizen(call.order).phone or "")[-4:]}
        return {each for line in call.lines for each in re.findall(r"\d+", line.text)} - allowed

    no_call(calls(), others)


def test_since_when_is_told_where_the_order_tells_it() -> None:
    asked = 0
    for call in calls():
        for each, later in pairwise(call.lines):
            if re.search("多久了|多长时间了|什么时候的事|哪天的事", each.text):
                asked += 1
                found = re.findall(r"\d+月\d+日|\d+点|\d+", later.text)
                assert found, later.text
                assert all(number in written(call.order) for number in found), (later.text, written(call.order))
    assert asked > 20


def test_the_name_and_the_telephone_are_asked_for_and_are_the_orders() -> None:
    def wrong(call: Call) -> bool:
        name, phone = citizen(call.order).name, citizen(call.order).phone or ""
        said = call.said_by("citizen")
        if phone[-4:] not in call.said_by("agent") or phone in call.said_by("agent"):
            return True
        surname = re.search("(?:我姓|免贵姓|^姓)(.)", said, re.MULTILINE)
        if name is None:
            return surname is not None or "名" not in said
        return surname is None or surname[1] != name[0]

    no_call(calls(), wrong)
    assert any(citizen(each.order).name is None for each in calls())


def test_who_is_called_by_name_is_called_by_their_own() -> None:
    def wrong(call: Call) -> bool:
        found = re.search("(.)(先生|女士)，", call.said_by("agent"))
        name = citizen(call.order).name
        return found is not None and (name is None or found[0] != f"{name[0]}{people.form_of_address(name)}，")

    no_call(calls(), wrong)


def test_what_was_answered_on_the_spot_is_answered_in_the_call() -> None:
    answered = [each for each in calls() if each.order.state == "answered"]
    assert len(answered) > 30

    def wrong(call: Call) -> bool:
        told = story(call.order)
        return told.case.answer.format_map(told.slots) not in call.said_by("agent") or "转交" in call.said_by("agent")

    no_call(answered, wrong)


def test_what_is_sent_on_is_registered_and_the_department_named() -> None:
    sent = [each for each in calls() if each.order.state != "answered" and each.order.urgency == "normal"]
    assert len(sent) > 100

    def wrong(call: Call) -> bool:
        lead = call.order.lead_department_id
        name = department_names()[lead] if lead and fits(call.order, lead) else "承办单位"
        said = call.said_by("agent")
        return "登记" not in said or f"转交{name}" not in said

    no_call(sent, wrong)


def test_what_is_urgent_is_reported_at_once() -> None:
    urgent = [each for each in calls() if each.order.urgency != "normal"]
    assert len(urgent) > 10
    no_call(urgent, lambda call: "报告" not in call.said_by("agent") or "班长" not in call.said_by("agent"))
    no_call(urgent, lambda call: "祝您生活愉快" in call.said_by("agent"))
    no_call([each for each in calls() if each.order.urgency == "normal"], lambda call: "班长" in call.said_by("agent"))


def test_an_order_that_nobody_here_wrote_has_a_call_too() -> None:
    order = next(each for each in orders() if each.channel == "phone" and each.type == "complaint")
    other = replace(order, title="别处的工单", content="别处的内容")
    assert story_of(other) is None
    assert any("别处的工单" in each.text for each in transcript(Random(1), other, AGENT, 120))


def test_what_is_no_inquiry_and_was_answered_is_being_handled_already() -> None:
    for order in [each for each in orders() if each.channel == "phone" and each.type == "complaint"][:20]:
        over = order_life.answered(Random(1), order)
        assert re.search("此前已登记|在办工单|已在处理", over.result), over.result
        said = "".join(each.text for each in transcript(Random(1), over, AGENT, 120) if each.speaker == "agent")
        assert re.search("已经登记|已经有工单", said), said
