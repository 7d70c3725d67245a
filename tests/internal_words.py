"""What a person must not read on a screen or in a list: ids of the platform, codes of the contract."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

import floorctl
from floorctl.models import alerts, assessment, command, floor, orders, quality
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry

CONTRACT = Path(floorctl.__file__).parent / "data" / "openapi.yaml"
#: The names of the command kinds.
COMMANDS = {kind.name for kind in registry.kinds()}
_PREFIXES = "a|c|d|f|h|ho|in|it|k|m|o|p|q|r|rub|s|sh|sm"
ID = re.compile(rf"(?<![\w.-])(?:{_PREFIXES})-[0-9a-f][0-9a-z-]*|[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f-]+")
_CODE = re.compile("[a-z]+(?:_[a-z]+)*")
#: What stands between blanks or Chinese, with what an id, an option or a path is written with.
_WORD = re.compile(r"[A-Za-z0-9_./=<>@:+-]+")

#: A command to type, as texts quote it.
_COMMAND_LINE = re.compile(r"floorctl( [a-z-]+){1,2}")


def _codes(node: Any) -> set[str]:
    """The values of every enum of the contract."""
    if isinstance(node, dict):
        own = {each for each in node.get("enum", ()) if isinstance(each, str)}
        return own.union(*(_codes(each) for each in node.values()))
    return set().union(*(_codes(each) for each in node)) if isinstance(node, list) else set()


def _of_models() -> set[str]:
    """The values that the models list in their constants, and the names of kinds and fields."""
    modules = (alerts, assessment, command, floor, orders, quality)
    found = {name for entity in ENTITIES.values() for name in entity.__struct_fields__}
    for module in modules:
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, (tuple, frozenset)):
                found |= {each for each in value if isinstance(each, str)}
    return found | set(ENTITIES)


CODES = {each for each in _codes(yaml.safe_load(CONTRACT.read_text("utf-8"))) | _of_models() if _CODE.fullmatch(each)}


def internal_words(text: str, language: str, ids: Collection[str] = ()) -> set[str]:
    """The ids and the codes in a text; in English, only codes of two words, since the others are English."""
    words = set(_WORD.findall(_COMMAND_LINE.sub("", text)))
    plain = {each for each in words if _CODE.fullmatch(each)}
    codes = {each for each in plain if "_" in each} if language == "en" else plain & CODES
    return {*ID.findall(text), *codes, *(words & {*ids, *COMMANDS})}
