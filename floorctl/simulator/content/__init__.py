"""What the simulated floor is made of, as package data: names, places, matters that citizens call about, knowledge.

The texts are invented and belong to the simulated platform's data, not to the program's own words (those stand in the
catalogues). ``read`` loads one file; the callers keep what they make of it.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read(name: str) -> dict[str, Any]:
    """The content file ``name`` (without its ending), parsed once."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
