"""Masking of personal data: phone 138****5678, name 张**, identity number 5101**********1234, address to the street."""

import re
from datetime import date, datetime
from typing import Any, TypeVar, cast

import msgspec

from floorctl.models.orders import Citizen, Order

T = TypeVar("T")

_HOUSE_NUMBER = re.compile(r"[0-9０-９]|[零〇一二三四五六七八九十百]{1,8}(?:号|栋|幢|弄|座|单元|楼|层|室|组|社|队)")
_ID_NO = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}[ -]?(?:18|19|20)?\d{2}[01]\d[0-3]\d[ -]?\d{3}[ -]?[0-9XxＸｘ]?(?![0-9A-Za-z])"
    r"|(?<!\d)\d{17}[0-9XxＸｘ](?!\d)"
)
_PHONE = re.compile(
    r"(?<!\d)(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"
    r"|(?<!\d)0[1-9]\d{1,2}[ -]?[2-9]\d{2,3}[ -]?\d{4}(?!\d)"
    r"|(?<!\d)\(0[1-9]\d{1,2}\)[ -]?[2-9]\d{6,7}(?!\d)"
)
#: A result of ``mask_phone``; masking it again must not hide more.
_MASKED_PHONE = re.compile(r"[0-9]{0,3}\*+[0-9]{0,4}")
#: Quick pre-check: every phone or identity number matches it, most texts do not.
_NUMBER = re.compile(r"\d{2}[\d ()-]{2,}\d{3}")
#: Ends of the names of fields with ids or times. Any other field may contain a phone or identity number.
_HARMLESS = ("id", "ids", "_at", "number", "no", "hash", "skills", "since", "extension", "month", "day")
#: Types of values without text, skipped for speed: lists are masked on every change.
_NO_TEXT = frozenset({type(None), bool, int, float, date, datetime})
#: A number without area code looks like a date; it is recognised by the word before it.
_LABELLED = re.compile(r"((?:电话|座机|手机|号码|联系方式)(?:是|为)?\s*[:：]?\s*)([2-9]\d{6,7})(?!\d)")


def mask_phone(phone: str) -> str:
    """Mask as ``138****5678``: keep the first three and the last four digits; of a short number only the last two."""
    if _MASKED_PHONE.fullmatch(phone):
        return phone
    digits = "".join(char for char in phone if char.isdigit())
    if len(digits) >= 11 and digits[-11:][0] == "1":
        digits = digits[-11:]  # without the country code
    if len(digits) > 7:
        return f"{digits[:3]}{'*' * (len(digits) - 7)}{digits[-4:]}"
    return "*" * max(len(digits) - 2, 3) + digits[-2:] if digits else "***"


def mask_name(name: str) -> str:
    """Mask as ``张**``: keep the first character; the length of the name is hidden."""
    name = name.strip()
    return f"{name[0]}**" if name else ""


def mask_id_no(id_no: str) -> str:
    """Mask as ``5101**********1234``: keep the first and the last four characters."""
    id_no = re.sub(r"[\s-]", "", id_no)
    if len(id_no) <= 8:
        return "*" * len(id_no)
    return f"{id_no[:4]}{'*' * (len(id_no) - 8)}{id_no[-4:]}"


def mask_address(address: str) -> str:
    """Mask the address from the house number on; the street stays readable."""
    house_number = _HOUSE_NUMBER.search(address)
    return f"{address[: house_number.start()]}***" if house_number else address


def mask_text(text: str) -> str:
    """Mask the phone and identity numbers inside ``text``."""
    if not _NUMBER.search(text):
        return text
    text = _ID_NO.sub(lambda match: mask_id_no(match.group()), text)
    text = _PHONE.sub(lambda match: mask_phone(match.group()), text)
    return _LABELLED.sub(lambda match: match.group(1) + mask_phone(match.group(2)), text)


#: Fields that are personal data as a whole.
_WHOLE = {"phone": mask_phone, "caller": mask_phone, "id_no": mask_id_no, "address": mask_address}


def mask_field(name: str, text: str) -> str:
    """Mask the text of the field ``name`` as that field requires: wholly, or the numbers inside it, or not at all."""
    if (mask := _WHOLE.get(name)) is not None:
        return mask(text)
    return text if name.endswith(_HARMLESS) else mask_text(text)


def masked(document: T, name: str = "") -> T:
    """Mask every text in ``document``, an entity or a value of JSON, by the name of its field.

    Also texts that are no personal data by the contract, such as a state: nobody knows what a platform puts there.
    ``name``: the field that contains the document. An entity without personal data is returned itself; a JSON text that
    was left undecoded stays one.
    """
    value: Any = document
    if isinstance(value, str):
        value = mask_field(name, value)
    elif isinstance(value, Citizen):
        value = masked_citizen(value)
    elif isinstance(value, msgspec.Struct):
        fields = ((field, getattr(value, field)) for field in value.__struct_fields__)
        texts = ((field, was) for field, was in fields if type(was) not in _NO_TEXT)
        named = _named_in(value)
        changed = {field: part for field, was in texts if (part := masked(_unnamed(was, named), field)) != was}
        value = msgspec.structs.replace(value, **changed) if changed else value
    elif isinstance(value, dict):
        if name == "citizen" and isinstance(value.get("name"), str):
            value = value | {"name": mask_name(value["name"])}
        value = {field: masked(part, str(field)) for field, part in value.items()}
    elif isinstance(value, list | tuple):
        value = type(value)([masked(part, name) for part in value])
    elif isinstance(value, msgspec.Raw):
        value = _masked_json(value, name)
    return cast("T", value)


def masked_title(order: Order) -> str:
    """Return an order's title with the numbers in it masked; of a confidential order also the citizen's name."""
    return mask_text(_unnamed(order.title, _named_in(order)))


def _named_in(value: object) -> str:
    """Return the citizen's name where it is masked also inside texts: in a confidential order; else an empty text."""
    if not isinstance(value, Order) or not value.confidential or value.citizen is None:
        return ""
    return _long_enough(value.citizen.name)


def without_citizen(text: str, name: str | None) -> str:
    """Return a text of a confidential order with the numbers and the citizen's name in it masked."""
    return mask_text(_unnamed(text, _long_enough(name)))


def _long_enough(name: str | None) -> str:
    """Return a name that can be looked for in texts; an empty text for one character, which may be part of any word."""
    name = (name or "").strip()
    return name if len(name) > 1 else ""


def _unnamed(text: T, name: str) -> T:
    """Return ``text`` with ``name`` masked in it; anything but a text, and every text where there is no name, as is."""
    return cast("T", text.replace(name, mask_name(name))) if name and isinstance(text, str) else text


def _masked_json(text: msgspec.Raw, name: str) -> msgspec.Raw:
    if not bytes(text):
        return text
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError:  # it can't be masked
        return msgspec.Raw(b"null")
    return msgspec.Raw(msgspec.json.encode(masked(document, name)))


def masked_citizen(citizen: Citizen | None) -> Citizen | None:
    """Mask every field of ``citizen``."""
    if citizen is None:
        return None
    return msgspec.structs.replace(
        citizen,
        name=None if citizen.name is None else mask_name(citizen.name),
        phone=None if citizen.phone is None else mask_phone(citizen.phone),
        id_no=None if citizen.id_no is None else mask_id_no(citizen.id_no),
        address=None if citizen.address is None else mask_address(citizen.address),
    )
