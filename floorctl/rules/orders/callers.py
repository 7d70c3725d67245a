"""Which caller an order is of: phone numbers in one form, however they were written down."""

import re
import unicodedata
from datetime import datetime, timedelta
from hashlib import blake2b

from floorctl.models.orders import Order

#: How far apart two orders of one caller may be received to be about the same matter.
SAME_CALLER_WITHIN = timedelta(days=90)
_NOT_DIGITS = re.compile(r"\D+")
#: Country code of China, as it is written before a mobile number (11 digits) or a number with its area code.
_COUNTRY = re.compile(r"^(?:00)?86(?=1\d{10}$|0\d{9,11}$)")
#: Fewer digits are no number of a caller.
_LEAST_DIGITS = 7


def normal_phone(phone: str | None) -> str:
    """Return the digits of a phone number without the country code; empty where it is none."""
    digits = _NOT_DIGITS.sub("", unicodedata.normalize("NFKC", phone)) if phone else ""
    digits = _COUNTRY.sub("", "".join(str(unicodedata.digit(each)) for each in digits))
    return digits if len(digits) >= _LEAST_DIGITS else ""


def caller_key(order: Order) -> int | None:
    """Return a number of 63 bits that is the same for all orders of one phone number; None for an order without one.

    None also for a confidential order: beside an order that is not, it would tell whose it is.
    """
    if order.confidential:
        return None
    return phone_key(order.citizen.phone if order.citizen is not None else None)


def phone_key(phone: str | None) -> int | None:
    """Return the ``caller_key`` of the orders of a phone number; None where it is none."""
    digits = normal_phone(phone)
    return None if not digits else int.from_bytes(blake2b(digits.encode(), digest_size=8).digest()) >> 1


def around(received: datetime) -> tuple[datetime, datetime]:
    """Return the times between which orders may belong to one received then, whatever date a platform sends."""
    try:
        return received - SAME_CALLER_WITHIN, received + SAME_CALLER_WITHIN
    except OverflowError:
        return received, received
