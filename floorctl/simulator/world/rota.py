"""The roster: the shifts of one day with their pauses, always the same for a seed and a day."""

from datetime import date, datetime, time, timedelta, tzinfo
from random import Random

from floorctl.calendar import WorkCalendar
from floorctl.models.team import Pause, Shift
from floorctl.simulator.world.people import LEADS, QUEUE_IDS, Staff

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
#: Name → first hour; each lasts eight hours.
SHIFT_HOURS = {"night": 0, "morning": 8, "middle": 10, "evening": 16}
SHIFT_LENGTH = 8 * _HOUR
#: Agents of 35 on a working day and on a day off; the middle shift gets the rest.
_AGENTS = {
    True: {"off": 1, "night": 2, "evening": 6, "morning": 16},
    False: {"off": 16, "night": 2, "evening": 4, "morning": 6},
}
_DISPATCHERS = {
    True: {"off": 0, "night": 1, "evening": 1, "morning": 4},
    False: {"off": 4, "night": 1, "evening": 1, "morning": 1},
}
_MIDDAY_TRAINING = 0.04


def shift_id(person_id: str, day: date) -> str:
    """Return the id of a person's shift on a day."""
    return f"sh-{person_id}-{day}"


class Rota:
    """The roster of a floor: computes the shifts of any day."""

    def __init__(self, seed: int, staff: Staff, zone: tzinfo, calendar: WorkCalendar) -> None:
        self._seed = seed
        self._staff = staff
        self._zone = zone
        self._calendar = calendar

    def shifts(self, day: date) -> list[tuple[str, Shift]]:
        """Return all shifts that start on ``day``, with their ids."""
        working = self._calendar.is_working_day(day)
        rng = Random(f"{self._seed}:{day}:rota")
        agents = self._agents_by_shift(day, working)
        dispatchers = self._rotated(self._staff.with_post("dispatcher"), day)
        dispatch = _share(dispatchers, _scaled(_DISPATCHERS[working], len(dispatchers), 8))
        leads = LEADS if day.isocalendar().week % 2 else LEADS[::-1]
        named: list[tuple[str, str, bool]] = [(leads[0], "morning", True), (leads[1], "evening", True)]
        if working:
            named += [(pid, "morning", False) for pid in self._staff.with_post("floor_manager", "knowledge", "hr")]
        for name, people in dispatch.items():
            # No team lead works at night; the dispatcher on duty leads.
            named += [(pid, name, name == "night" and at == 0) for at, pid in enumerate(people)]
        named += [(pid, name, False) for name, people in agents.items() for pid in people]
        counts: dict[str, int] = {}
        for _, name, _ in named:
            counts[name] = counts.get(name, 0) + 1
        seen: dict[str, int] = {}
        shifts = []
        for pid, name, lead in named:
            at = seen[name] = seen.get(name, -1) + 1
            shifts.append((shift_id(pid, day), self._shift(rng, pid, name, day, lead, at / counts[name])))
        return shifts

    def _rotated(self, people: list[str], day: date) -> list[str]:
        if not people:
            return []
        step = day.toordinal() % len(people)
        return people[step:] + people[:step]

    def _agents_by_shift(self, day: date, working: bool) -> dict[str, list[str]]:
        agents = self._staff.with_post("agent")
        year, week, _ = day.isocalendar()
        # Shifts are drawn per week, so that nobody changes between night and morning from day to day.
        order = Random(f"{self._seed}:{year}-{week}:rota").sample(agents, len(agents))
        wanted = _scaled(_AGENTS[working], len(agents), 35)
        off = set(self._rotated(agents, day)[: wanted.pop("off")])
        at_work = [pid for pid in order if pid not in off]
        all_lines = [pid for pid in at_work if len(self._staff.people[pid].skills) == len(QUEUE_IDS)]
        # Nights and evenings have few people, so they get those who serve every line first.
        late = all_lines[: wanted["night"] + wanted["evening"]]
        rest = [pid for pid in at_work if pid not in set(late)]
        return _share(late + rest, {**wanted, "off": 0})

    def _shift(self, rng: Random, person_id: str, name: str, day: date, lead: bool, spread: float) -> Shift:
        start = datetime.combine(day, time(SHIFT_HOURS[name]), self._zone)
        # Meals are from the third to the sixth hour, breaks before and after: ``spread`` (0 to 1) spreads them over the
        # people of a shift so that few are away at a time.
        pauses = [
            Pause(
                kind="break",
                starts_at=start + (70 + round(spread * 60)) * _MINUTE,
                ends_at=start + (80 + round(spread * 60)) * _MINUTE,
            ),
            Pause(
                kind="meal",
                starts_at=start + (150 + round(spread * 170)) * _MINUTE,
                ends_at=start + (180 + round(spread * 170)) * _MINUTE,
            ),
            Pause(
                kind="break",
                starts_at=start + (350 + round(spread * 90)) * _MINUTE,
                ends_at=start + (360 + round(spread * 90)) * _MINUTE,
            ),
        ]
        if lead:
            # The incoming lead takes over in the first quarter hour.
            pauses.insert(0, Pause(kind="meeting", starts_at=start, ends_at=start + 15 * _MINUTE))
        elif name == "morning" and rng.random() < _MIDDAY_TRAINING:
            at = start + 325 * _MINUTE
            pauses.insert(2, Pause(kind="training", starts_at=at, ends_at=at + 25 * _MINUTE))
        return Shift(
            person_id=person_id,
            name=name,
            starts_at=start,
            ends_at=start + SHIFT_LENGTH,
            lead=lead,
            pauses=tuple(pauses),
        )


def _scaled(counts: dict[str, int], people: int, of: int) -> dict[str, int]:
    return {
        name: max(1, round(count * people / of)) if name != "off" else round(count * people / of)
        for name, count in counts.items()
    }


def _share(people: list[str], wanted: dict[str, int]) -> dict[str, list[str]]:
    """Assign ``people``: off first, then night, evening, morning; the middle shift gets the rest."""
    dealt: dict[str, list[str]] = {}
    at = wanted["off"]
    for name in ("night", "evening", "morning"):
        dealt[name] = people[at : at + wanted[name]]
        at += wanted[name]
    dealt["middle"] = people[at:]
    return dealt
