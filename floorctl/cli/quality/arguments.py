"""The arguments and options that several commands of ``inspect`` take, and who may read scores."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli.words import day_of as day_in
from floorctl.errors import NotAllowedError, NotFoundError, UsageError
from floorctl.i18n import t
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import SampleView

DayOption = Annotated[str | None, typer.Option("--day", metavar="DAY", help="cli.option.sample_day")]
#: Of the commands that take the running month where none is named.
MonthOption = Annotated[str | None, typer.Option("--month", metavar="MONTH", help="cli.option.any_month")]
SampleArgument = Annotated[str, typer.Argument(metavar="SAMPLE", help="cli.argument.sample")]

#: A sample's number, with its day before it, and the inspector of one of its scores behind it: ``11-27/12/name``.
_NUMBERED = re.compile(r"(?:(?P<day>\d{4}-\d\d-\d\d|\d\d-\d\d)/)?(?P<number>\d{1,4})(?:/(?P<inspector>.+))?")


def need_scores(floor: Floor) -> Floor:
    """Return ``floor`` if the person signed in may read scores (a viewer may not).

    Raises:
        NotAllowedError: nobody is signed in, or their roles don't allow it.
    """
    from floorctl.rules.commands.roles import readable as kinds

    if floor.session.person is None:
        raise NotAllowedError("error.not_signed_in")
    if "inspection" not in kinds(floor.session.person.roles):
        raise NotAllowedError("error.role_may_not_read_scores")
    return floor


def day_of(text: str | None, option: str = "--day") -> date | None:
    """The day in ``2026-11-24``; None for None.

    Raises:
        UsageError: it is not a day.
    """
    return None if text is None else day_in(text, option)


def month_of(text: str | None) -> str | None:
    """The month in ``2026-11``; None for None.

    Raises:
        UsageError: it is not a month.
    """
    try:
        return None if text is None else f"{typed.first_of_month(text):%Y-%m}"
    except ValueError as error:
        raise UsageError("error.not_a_month", value=text) from error


def sample_id(floor: Floor, text: str) -> str:
    """Return the id of the sample with this number today (``12``) or on a day (``11-27/12``), or with this id.

    Raises:
        NotFoundError: no sample has this number.
    """
    name = _NUMBERED.fullmatch(typed.plain(text).replace("/ ", "/"))
    if name is None or name["inspector"]:
        return text
    view = _sample_numbered(floor, name["day"], int(name["number"]))
    if view is None:
        raise NotFoundError("error.no_such_sample", id=text)
    return view.id


def inspection_id(floor: Floor, text: str) -> str:
    """Return the id of a sample's score (``12``, ``11-27/12``, or with the inspector ``11-27/12/name``), or ``text``.

    Raises:
        NotFoundError: there is none, or there are several.
    """
    name = _NUMBERED.fullmatch(typed.plain(text).replace("/ ", "/"))
    if name is None:
        return text
    view = _sample_numbered(floor, name["day"], int(name["number"]))
    scores = [
        score
        for score in (view.inspections if view else ())
        if name["inspector"] is None or typed.same(name["inspector"], score.inspector_name)
    ]
    if len(scores) > 1:
        names = t("cli.list_comma").join(score.inspector_name for score in scores)
        raise NotFoundError("error.several_scores", name=text, names=names)
    if not scores:
        raise NotFoundError("error.no_such_inspection", id=text)
    return scores[0].id


def person_id(floor: Floor, name: str) -> str:
    """Return the id of the person with this id, employee number or name.

    Raises:
        NotFoundError: there is none, or there are several with that name.
    """
    ids = [
        id_
        for id_, person in floor.quality.book().people().items()
        if any(typed.same(name, known) for known in (id_, person.employee_no, person.name))
    ]
    if len(ids) != 1:
        raise NotFoundError("error.several_people" if ids else "error.nobody_called", name=name)
    return ids[0]


def _sample_numbered(floor: Floor, day: str | None, number: int) -> SampleView | None:
    """Return the sample with ``number`` on a day (None: today; without a year: the last such day)."""
    today = floor.now().date()
    wanted = today
    if day is not None:
        with_year = len(day) > len("11-27")
        try:
            wanted = date.fromisoformat(day if with_year else f"{today.year}-{day}")
            if wanted > today and not with_year:
                wanted = wanted.replace(year=today.year - 1)
        except ValueError:
            return None
    return next((view for view in floor.quality.samples(wanted) if view.number == number), None)
