"""A process that scores samples one after the other and says what it does, to be killed at any moment.

    python -m tests.e2e.scoring_process FOLDER URL

Before and after each step it prints a line: what, the sample, and how many items are scored by then.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.rules.quality import form as forms
from floorctl.rules.quality.form import Form
from floorctl.rules.quality.scoring import items
from tests.build import config
from tests.waiting import HURRIED


def say(what: str, sample: str, count: int) -> None:
    print(what, sample, count, flush=True)


def ways(form: Form) -> Iterator[Form]:
    """How this form is filled in, item by item, from where it stands: the same in every process."""
    for at, item in enumerate(items(form.rubric)):
        if item.id in form.points:
            continue
        lost = (sum(form.sample_id.encode()) + at) % 7 == 0
        form = forms.step(form, item.id, -1 if lost else 1)
        if lost:
            form = forms.with_comment(form, item.id, f"{form.sample_id} {item.title}")
        yield form


def score(floor: Floor, sample: str) -> None:
    """Go on with a form where it was left, keeping it after every item, and send it."""
    form = floor.scoring.form(sample)
    for further in ways(form):
        say("saving", sample, len(further.points))
        form = floor.scoring.save_form(further)
        say("saved", sample, len(form.points))
    say("submitting", sample, len(form.points))
    floor.scoring.submit(form)
    say("submitted", sample, len(form.points))


def main() -> None:
    floor = open_terminal(config(Path(sys.argv[1]), url=sys.argv[2]))
    floor.live.start(watch=False, pace=HURRIED)
    for view in sorted(floor.quality.samples(states=["open"]), key=lambda view: (not view.drafted, view.id)):
        if view.sample.reason != "calibration" and not view.submitted_here:
            score(floor, view.id)
    say("finished", "-", 0)
    floor.close()


if __name__ == "__main__":
    main()
