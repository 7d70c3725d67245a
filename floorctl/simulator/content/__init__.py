"""Contents of the simulated floor, as package data: names, places, matters that citizens call about, knowledge.

The texts are invented and belong to the simulated platform's data, not to the program's own texts (which are in the
catalogues). ``read`` loads one file; callers cache what they make of it.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read(name: str) -> dict[str, Any]:
    """Return the content file ``name`` (without its ending), parsed once."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
