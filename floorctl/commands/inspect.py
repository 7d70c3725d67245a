"""``inspect``: quality inspection 质检, from the day's samples to the month's results."""

from __future__ import annotations

from floorctl.commands import inspect_acts, inspect_file, inspect_lists, inspect_results
from floorctl.commands.invocation import application, family

app = application()
_inspect = family(app, "inspect", default="list")
for _module in (inspect_lists, inspect_acts, inspect_file, inspect_results):
    _module.register(_inspect)
