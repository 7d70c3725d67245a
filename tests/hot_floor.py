"""Orders of weeks about few matters, and a matter that swells, as a platform sends them."""

from datetime import datetime, timedelta

from floorctl.models.base import Entity
from floorctl.models.orders import Category, Citizen, Order
from tests.build import Entities

GAS, LIGHTS = "c-gas", "c-lights"
CATEGORIES = (
    ("category", GAS, Category(path=("公用事业", "燃气服务"))),
    ("category", LIGHTS, Category(path=("公用事业", "路灯照明"))),
)
REGION = "石亭县"
Sent = tuple[str, str, Entity]
SentOrder = tuple[str, str, Order]


def phone(number: int) -> str:
    """Return the phone of a caller who called nobody before."""
    return f"139{number:08}"


def history(now: datetime, days: int = 64, each: int = 5) -> list[Sent]:
    """Return the categories and a quiet past: ``each`` orders a day of the last ``days``, every one of another caller.

    The newest is received some hours before ``now``.
    """
    made = Entities(now)
    sent: list[Sent] = list(CATEGORIES)
    for day in range(1, days + 1):
        for n in range(each):
            number = 10_000 + day * each + n
            order = made.order(
                number,
                received_at=now - timedelta(days=day, hours=-2 * n),
                category_id=(GAS, LIGHTS)[number % 2],
                region=("石亭县", "新平区", "金沙区")[number % 3],
                citizen=Citizen(phone=phone(number)),
                state="closed",
                title="咨询办理进度",
            )
            sent.append(("order", f"past-{number}", order))
    return sent


def swelling(now: datetime, callers: int = 8, *, title: str = "燃气中断", ago: float = 60) -> list[SentOrder]:
    """Return orders of so many callers about one matter in one place, received in the last ``ago`` minutes."""
    made = Entities(now)
    return [
        (
            "order",
            f"hot-{n}",
            made.order(
                n,
                number=f"20260304777{n:02}",
                received_at=now - timedelta(minutes=ago * (callers - n) / (callers + 1)),
                category_id=GAS,
                region=REGION,
                citizen=Citizen(phone=phone(n)),
                title=title,
            ),
        )
        for n in range(callers)
    ]
