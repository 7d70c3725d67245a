"""``inspect``: quality inspection 质检, from the day's samples to the month's results."""

from __future__ import annotations

from floorctl.cli.invocation import application, family
from floorctl.cli.quality import acts, files, lists, results

app = application()
_inspect = family(app, "inspect", default="list")
for _module in (lists, acts, files, results):
    _module.register(_inspect)
