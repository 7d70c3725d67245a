"""``inspect``: quality inspection 质检, from the day's samples to the month's results."""

from __future__ import annotations

from floorctl.cli.parser import application, command, family
from floorctl.cli.quality import acts, calibration, files, lists, results, sample

app = application()

#: Each command in the order of the help, its function, and whether it takes ``--reveal``.
_COMMANDS = (
    ("list", lists.list_, True),
    ("next", sample.next_, True),
    ("show", sample.show_, True),
    ("scores", lists.scores, True),
    ("progress", lists.progress, False),
    ("calibration", calibration.calibration, True),
    ("score", acts.score, False),
    ("skip", acts.skip, False),
    ("appeal", acts.appeal, False),
    ("decide", acts.decide, False),
    ("contested", acts.contested, True),
    ("resolve", acts.resolve, False),
    ("import", files.import_, False),
    ("export", files.export, True),
    ("results", results.results, False),
    ("plan", results.plan, False),
)

_inspect = family(app, "inspect", default="list")
for _name, _function, _reveal in _COMMANDS:
    command(_inspect, _name, key=f"inspect.{_name}", reveal=_reveal)(_function)
