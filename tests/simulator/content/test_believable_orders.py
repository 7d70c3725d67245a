"""What the simulated floor's orders say holds together: read by a thousand, each rule by itself."""

import re
from collections import Counter
from datetime import date, datetime

import pytest

from floorctl.models.orders import Order
from floorctl.simulator.content import people, places
from floorctl.simulator.content.orders import government_of, topics
from floorctl.simulator.content.outcomes import fits
from floorctl.simulator.content.story import story_of
from tests.simulator.content.reading import (
    age,
    citizen,
    department,
    drawn,
    none_of,
    numbers,
    orders,
    regions_of_places,
    story,
    written,
)

VERBS = {
    "inquiry": "咨询",
    "complaint": "投诉",
    "report": "举报",
    "suggestion": "建议",
    "opinion": "反映",
    "help": "反映",
}


def test_there_are_a_thousand_of_every_kind_and_each_is_over() -> None:
    assert len(drawn()) == 1000
    assert {each.type for each in drawn()} == set(VERBS)
    none_of(orders(), lambda order: order.state not in ("closed", "answered"))
    none_of(orders(), lambda order: story_of(order) is None)


# -- what it is called ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "kind"), [("咨询", "inquiry"), ("举报", "report"), ("建议", "suggestion"), ("对", "opinion")]
)
def test_a_title_that_says_its_type_is_of_that_type(begins: str, kind: str) -> None:
    titled = [each for each in orders() if each.title.startswith(begins)]
    assert titled
    none_of(titled, lambda order: order.type != kind)


def test_an_inquiry_asks_and_nothing_else_does() -> None:
    asks = re.compile("咨询|询问|如何|能否")
    none_of(orders(), lambda order: order.type == "inquiry" and not asks.search(order.content))
    none_of(orders(), lambda order: order.type != "inquiry" and "咨询" in written(order))


def test_a_suggestion_suggests_and_a_complaint_has_something_to_complain_about() -> None:
    none_of(orders(), lambda order: order.type == "suggestion" and not re.search("建议|可增设", order.content))
    none_of(orders(), lambda order: order.type in ("complaint", "report") and "建议" in written(order))
    demands = re.compile("核查|核实|处理|解决|查处|督促|依法|赔偿")
    none_of(orders(), lambda order: order.type in ("complaint", "report") and not demands.search(order.content))


def test_who_tells_it_does_so_in_the_words_of_its_type() -> None:
    none_of(orders(), lambda order: VERBS[order.type] not in order.content[:24])


@pytest.mark.parametrize("text", ["title", "content", "result"])
def test_what_is_written_is_whole(text: str) -> None:
    broken = re.compile("[{}]|None|。。|，，|：：|：，|，。|咨询[：，]咨询|建议[：，]建议")
    none_of(orders(), lambda order: broken.search(getattr(order, text)))
    none_of(orders(), lambda order: text != "title" and not getattr(order, text).endswith("。"))


def test_who_wrote_did_not_call_and_who_called_did_not_write() -> None:
    written_in = ("wechat", "web", "app")
    none_of(orders(), lambda order: order.channel in written_in and "来电" in order.content + order.result)
    none_of(orders(), lambda order: order.channel not in written_in and "诉求人" in order.content + order.result)
    none_of(orders(), lambda order: order.channel == "phone" and re.search("网友|留言", order.content))


# -- amounts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "least", "most"),
    [
        (r"由每月(\d+)元上涨至(\d+)元", 100, 600),
        (r"从每月(\d+)元被升级至(\d+)元", 30, 200),
    ],
)
def test_what_rises_rises_and_is_of_a_usual_size(amounts: str, least: int, most: int) -> None:
    found = [each for each in orders() if re.search(amounts, each.content)]
    assert found
    for order in found:
        before, after = re.findall(amounts, order.content)[0]
        assert least <= int(before) < int(after) <= most, order.content


@pytest.mark.parametrize(
    "amounts",
    [
        r"花费(\d+)元，报销仅(\d+)元",
        r"预付卡(\d+)元，卡内剩余(\d+)元",
        r"报名缴费(\d+)元，上课\d+次后要求退还剩余(\d+)元",
        r"收费(\d+)元，公示价格为(\d+)元",
    ],
)
def test_what_is_a_part_of_an_amount_is_less_than_it(amounts: str) -> None:
    found = [each for each in orders() if re.search(amounts, each.content)]
    assert found
    for order in found:
        whole, part = re.findall(amounts, order.content)[0]
        assert 0 < int(part) < int(whole), order.content


@pytest.mark.parametrize(
    ("amount", "least", "most"),
    [
        (r"燃气费(\d+)元", 50, 600),
        (r"水费(\d+)元", 50, 600),
        (r"每亩(\d+)元", 300, 1500),
        (r"月工资(\d+)元", 2500, 9000),
        (r"每月降薪(\d+)元", 200, 2000),
        (r"押金(\d+)元", 500, 6000),
        (r"绕行多收(\d+)元", 5, 60),
        (r"每学期收取(\d+)元", 200, 1200),
        (r"服装费|预约费(\d+)元", 50, 300),
    ],
)
def test_an_amount_is_of_the_size_that_such_things_cost(amount: str, least: int, most: int) -> None:
    none_of(orders(), lambda order: any(not least <= each <= most for each in _amounts(amount, order)))


def _amounts(pattern: str, order: Order) -> list[int]:
    return [int(each) for each in re.findall(pattern, order.content) if each]


def test_wages_owed_are_so_many_months_wages() -> None:
    for order in orders():
        for months, owed in re.findall(r"拖欠(\d+)个月工资共(\d+)元", order.content):
            assert 2500 <= int(owed) / int(months) <= 9000, order.content


# -- who it is -----------------------------------------------------------------------------------------------------


def test_the_name_in_the_content_is_the_citizens_and_fits_the_gender() -> None:
    called = re.compile(r"(\w)(先生|女士)")

    def wrong(order: Order) -> bool:
        name = citizen(order).name
        found = called.search(order.content)
        if found is None:
            return False
        return name is None or found[1] != name[0] or found[2] != people.form_of_address(name)

    none_of(orders(), wrong)
    assert any(called.search(each.content) for each in orders())


def test_of_who_gives_no_name_nothing_is_known_but_a_number() -> None:
    unnamed = [each for each in orders() if citizen(each).name is None]
    assert 20 < len(unnamed) < 200
    none_of(unnamed, lambda order: citizen(order).id_no or citizen(order).address or not citizen(order).phone)
    none_of(unnamed, lambda order: re.search("先生|女士", order.content))


def test_an_identity_number_checks_and_tells_the_gender() -> None:
    def wrong(order: Order) -> bool:
        number, name = citizen(order).id_no, citizen(order).name
        if number is None:
            return False
        woman = int(number[16]) % 2 == 0
        fits_name = people.form_of_address(name or "") == ("女士" if woman else "先生")
        return number[17] != people.check_digit(number[:17]) or not fits_name

    none_of(orders(), wrong)


def test_an_age_is_that_of_the_identity_number() -> None:
    none_of(
        orders(),
        lambda order: (
            age(order) is not None
            and any(each != age(order) for each in numbers(r"(?:来电人|诉求人)(\d+)岁", order.content))
        ),
    )


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        ("延长缴费", 55, 63),
        ("高龄津贴", 80, 100),
        ("岁老人|岁独居老人", 60, 100),
        ("老年公交卡", 58, 90),
        ("岁入园", 3, 6),
        ("被同学殴打", 6, 12),
    ],
)
def test_an_age_in_the_text_fits_what_it_is_about(words: str, least: int, most: int) -> None:
    found = [each for each in orders() if re.search(words, each.content)]
    assert found
    none_of(found, lambda order: any(not least <= each <= most for each in numbers(r"(\d+)岁", order.content)))


def test_who_nurses_or_bears_a_child_is_a_woman_of_that_age() -> None:
    found = [each for each in orders() if re.search("哺乳期|怀孕|生育津贴|宫颈癌", each.content)]
    assert found
    none_of(found, lambda order: people.form_of_address(citizen(order).name or "女") != "女士" and citizen(order).name)
    none_of(found, lambda order: age(order) is not None and not 18 <= (age(order) or 0) <= 45)


def test_who_works_is_of_working_age() -> None:
    works = re.compile("入职|上班|离职|拖欠.*工资|失业|灵活就业|劳动合同|公积金(?!自助)|工伤")
    mine = [each for each in orders() if works.search(each.content) and re.search("来电人|诉求人", each.content)]
    none_of(mine, lambda order: age(order) is not None and not 18 <= (age(order) or 0) <= 60)


def test_who_has_old_parents_is_younger_by_a_generation() -> None:
    def wrong(order: Order) -> bool:
        mine = age(order)
        old = numbers(r"家中(?:老人)?(\d+)岁", order.content)
        return mine is not None and any(each - mine < 18 for each in old)

    none_of(orders(), wrong)


# -- when it is ----------------------------------------------------------------------------------------------------


def test_a_date_in_the_text_lies_some_days_before() -> None:
    dated = 0

    def wrong(order: Order) -> bool:
        nonlocal dated
        received = order.received_at.date()
        for month, day in re.findall(r"(\d+)月(\d+)日", order.content):
            dated += 1
            year = received.year - ((int(month), int(day)) > (received.month, received.day))
            if not 1 <= (received - date(year, int(month), int(day))).days <= 31:
                return True
        return False

    none_of(orders(), wrong)
    assert dated > 100


def test_what_happened_today_happened_before_it_is_told() -> None:
    def wrong(order: Order) -> bool:
        for named, hour, minute in re.findall(r"(今日|昨日)(\d+)点(?:(\d+)分)?", order.content):
            if named == "今日" and (int(hour), int(minute or 0)) > (order.received_at.hour, order.received_at.minute):
                return True
            if not 0 <= int(hour) < 24:
                return True
        return False

    none_of(orders(), wrong)
    assert any("昨日" in each.content for each in orders())
    assert any("今日" in each.content for each in orders())


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        (r"中午(\d+)点", 11, 14),
        (r"(?:每晚|晚上|每天晚上)(\d+)点", 19, 24),
        (r"凌晨(\d+)点", 0, 5),
        (r"早上(\d+)点", 5, 11),
        (r"排队近(\d+)个小时", 1, 4),
        (r"(?:近|持续|已有|连续|已停运)(\d+)天", 2, 31),
        (r"(\d+)周", 1, 34),
        (r"(?<!\d)(\d+)个月", 1, 12),
        (r"(\d+)小时", 1, 80),
        (r"约(\d+)厘米", 1, 80),
    ],
)
def test_an_hour_and_a_length_are_what_they_are_called(words: str, least: int, most: int) -> None:
    found = [each for each in orders() if re.search(words, each.content)]
    assert found
    none_of(found, lambda order: any(not least <= each <= most for each in numbers(words, order.content)))


@pytest.mark.parametrize(
    ("words", "months"),
    [
        ("强降雨|暴雨|高温|空调外机|蚊蝇", range(5, 10)),
        ("熏制腊肉", (12, 1)),
        ("上下学|午餐后|食堂|放学时家长|同学殴打|一个班", (3, 4, 5, 6, 9, 10, 11, 12)),
    ],
)
def test_what_has_a_season_comes_in_it(words: str, months: tuple[int, ...]) -> None:
    found = [each for each in orders() if re.search(words, each.content)]
    assert found
    none_of(found, lambda order: order.received_at.month not in months)


# -- where it is ---------------------------------------------------------------------------------------------------


def test_every_place_in_an_order_lies_in_its_region() -> None:
    none_of(orders(), lambda order: regions_of_places(written(order)) - {order.region or ""})
    assert sum(bool(regions_of_places(written(each))) for each in orders()) > 800


def test_the_citizens_address_is_in_the_orders_region_and_at_the_communitys_road() -> None:
    def wrong(order: Order) -> bool:
        address = citizen(order).address
        if address is None:
            return False
        found = [each for each in places.of(order.region or "")["community"] if each in address]
        road = places.address(found[0]) if found else None
        return not address.startswith(order.region or "?") or (
            road is not None and f"{road[0]}{road[1]}号" not in address
        )

    none_of(orders(), wrong)


def test_what_is_at_the_citizens_home_is_at_the_address() -> None:
    found = 0

    def wrong(order: Order) -> bool:
        nonlocal found
        address, told = citizen(order).address, story(order)
        if address is None or not told.case.home:
            return False
        found += 1
        building = f"{told.slots['building']}栋" if "building" in told.slots else ""
        return not all(
            each in address for each in (told.slots.get("community", ""), told.slots.get("village", ""), building)
        )

    none_of(orders(), wrong)
    assert found > 100


# -- who handles it, and what came of it ---------------------------------------------------------------------------

HANDLES = {
    "燃气费|燃气开户|燃气味|燃气管道": "燃气集团|消防",
    "发票|个人所得税|增值税": "税务局",
    "公积金(?!自助)": "公积金",
    "路灯": "城市管理|供电|公园|文化",
    "课后服务|校服|食堂|入学条件|学区": "教育局|市场监督",
    "停水|自来水|水表": "水务局|交通警察|消防",
    "停电|制氧机|充电桩": "供电公司|住房",
    "拖欠.*工资|失业|养老保险|社保卡|劳动合同|年休假": "人力资源|公安|人民政府",
    "疫苗|导诊|挂号窗口|急诊": "卫生健康|疾病预防|市场监督",
    "医保电子凭证|慢特病|报销仅": "医疗保障",
    "公交车到站|末班车": "公交|公共交通|交通运输",
    "身份证遗失|户口迁移|居住证办理|护照": "公安",
    "土地流转": "人民政府|农业农村",
    "高龄津贴|低保|养老院": "民政",
    "行道树|儿童游乐": "公园|城市管理",
    "宽带|手机套餐|信号，通话": "通信管理",
}


@pytest.mark.parametrize(("about", "departments"), list(HANDLES.items()))
def test_the_department_is_the_one_for_the_matter(about: str, departments: str) -> None:
    found = [
        each
        for each in orders()
        if re.search(about, story(each).case.content) and each.lead_department_id and _rightly_sent(each)
    ]
    assert found
    none_of(found, lambda order: not re.search(departments, department(order)))


def _rightly_sent(order: Order) -> bool:
    return fits(order, order.lead_department_id)


def test_hardly_an_order_is_handled_by_a_department_that_it_does_not_concern() -> None:
    handled = [each for each in orders() if each.lead_department_id is not None]
    assert sum(not _rightly_sent(each) for each in handled) / len(handled) < 0.01


def test_a_regions_government_handles_what_is_in_its_region() -> None:
    governments = {government_of(each): each for each in places.names()}
    assert len(governments) == len(places.names())
    none_of(
        orders(),
        lambda order: any(governments.get(each, order.region) != order.region for each in order.department_ids),
    )
    assert any(each.lead_department_id in governments for each in orders())


def test_what_came_of_it_is_this_matters_end() -> None:
    def wrong(order: Order) -> bool:
        told = story(order)
        ends = [told.case.answer] if told.case.answer else list(told.case.done)
        return not any(end.format_map(told.slots) in order.result for end in ends)

    none_of(orders(), wrong)


def test_an_inquiry_is_answered_and_nobody_is_punished_for_it() -> None:
    none_of(orders(), lambda order: order.type == "inquiry" and re.search("已责令|立案|约谈", order.result))
    none_of(orders(), lambda order: order.type != "inquiry" and re.search("带身份证|携带身份证", order.result))
    none_of(orders(), lambda order: order.type in ("help", "suggestion") and "举报" in order.result)


def test_a_result_says_nothing_of_how_content_the_citizen_is() -> None:
    # That is what the call-back finds out, days later.
    none_of(orders(), lambda order: re.search("满意|不认可|表示认可", order.result))


def test_the_numbers_in_a_result_are_those_of_the_order() -> None:
    def wrong(order: Order) -> bool:
        told = set(re.findall(r"\d+", written(order)))
        return bool(set(re.findall(r"\d+", order.result)) - told)

    none_of(orders(), wrong)


# -- how many of them there are ------------------------------------------------------------------------------------


def test_hardly_two_say_the_same() -> None:
    assert len({each.content for each in drawn()}) > 800
    title, most = Counter(each.title for each in drawn()).most_common(1)[0]
    assert most <= 0.03 * len(drawn()), title
    assert len({story(each).case.title for each in drawn()}) > 170


def test_every_topic_comes_up() -> None:
    ordinary = {each.category_id for each in topics() if each.urgency == "normal"}
    assert ordinary <= {each.category_id for each in drawn()}


def test_each_was_received_before_it_was_over() -> None:
    def wrong(order: Order) -> bool:
        assert isinstance(order.received_at, datetime)
        return order.closed_at is None or order.closed_at <= order.received_at

    none_of(orders(), wrong)
