"""The roster: the shifts of one day with their pauses, always the same for a seed and a day."""

from datetime import date, datetime, time, timedelta, tzinfo
from random import Random

from floorctl.calendar import WorkCalendar
from floorctl.models.team import Pause, Shift
from floorctl.simulator.world.arrivals import usual_load
from floorctl.simulator.world.people import LEADS, QUEUE_IDS, Staff

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
#: Name → first hour; each lasts eight hours.
SHIFT_HOURS = {"night": 0, "morning": 8, "middle": 10, "evening": 16}
SHIFT_LENGTH = 8 * _HOUR
#: Agents of 35 on a day as busy as an average working day, and on one without a call; in between, in proportion. The
#: middle shift gets those whom no other has.
_AGENTS = {
    1.0: {"at_work": 33.0, "night": 2.0, "evening": 7.0, "morning": 16.0},
    0.0: {"at_work": 7.5, "night": 2.0, "evening": 2.0, "morning": 3.5},
}
_DISPATCHERS = {
    True: {"off": 0, "night": 1, "evening": 1, "morning": 4},
    False: {"off": 4, "night": 1, "evening": 1, "morning": 1},
}
_MIDDAY_TRAINING = 0.04
#: Of each shift's pauses: the kind, the first minute of the shift at which it begins and within how many minutes, and
#: its length. Few are away at a time, and at meals between the day's two busiest times.
_PAUSES = {
    "morning": (("break", 105, 75, 15), ("meal", 180, 150, 30), ("break", 345, 105, 10)),
    "middle": (("break", 45, 60, 15), ("meal", 165, 105, 30), ("break", 360, 90, 10)),
    "evening": (("break", 70, 60, 10), ("meal", 150, 170, 30), ("break", 350, 90, 10)),
    "night": (("break", 70, 60, 10), ("meal", 150, 170, 30), ("break", 350, 90, 10)),
}


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
        named: list[tuple[str, str, bool]] = [(LEADS[0], "morning", True), (LEADS[1], "evening", True)]
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
        wanted = _agents_wanted(usual_load(day, working=working), len(agents))
        off = self._off(agents, day, len(agents) - wanted["at_work"])
        at_work = [pid for pid in order if pid not in off]
        # Each shift serves every line: nights by those alone who do, the others by a share of each kind.
        all_lines = [pid for pid in at_work if self._lines(pid) == len(QUEUE_IDS)]
        night = all_lines[: wanted["night"]]
        rest = sorted((pid for pid in at_work if pid not in night), key=lambda pid: -self._lines(pid))
        shares = {name: wanted[name] for name in ("evening", "morning")}
        shares["middle"] = len(rest) - sum(shares.values())
        return {"night": night, **_shared_out(rest, shares)}

    def _lines(self, person_id: str) -> int:
        return len(self._staff.people[person_id].skills)

    def _off(self, agents: list[str], day: date, count: int) -> set[str]:
        """Return who has the day off: everybody in turn, and of each kind of agent a part."""
        kinds: dict[tuple[str, ...], list[str]] = {}
        for pid in agents:
            kinds.setdefault(self._staff.people[pid].skills, []).append(pid)
        # Laid out so that any stretch of neighbours has about as many of each kind as the whole.
        spread = sorted(
            ((at + 0.5) / len(kind), number, pid)
            for number, kind in enumerate(kinds.values())
            for at, pid in enumerate(kind)
        )
        begin = day.toordinal() * max(1, round(len(agents) / 7)) % len(agents)
        turned = [pid for *_, pid in spread]
        return set((turned[begin:] + turned[:begin])[:count])

    def _shift(self, rng: Random, person_id: str, name: str, day: date, lead: bool, spread: float) -> Shift:
        start = datetime.combine(day, time(SHIFT_HOURS[name]), self._zone)
        # ``spread`` (0 to 1) spreads each pause over the people of a shift, so that few are away at a time.
        pauses = [
            Pause(
                kind=kind,
                starts_at=start + (first + round(spread * within)) * _MINUTE,
                ends_at=start + (first + round(spread * within) + minutes) * _MINUTE,
            )
            for kind, first, within, minutes in _PAUSES[name]
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


def _agents_wanted(load: float, people: int) -> dict[str, int]:
    """Return how many of ``people`` agents work on a day of this load, and how many in each shift but the middle."""
    none, full = _AGENTS[0.0], _AGENTS[1.0]
    wanted = {name: max(1, round((none[name] + (full[name] - none[name]) * load) * people / 35)) for name in full}
    wanted["at_work"] = min(people, wanted["at_work"])
    return wanted


def _shared_out(people: list[str], wanted: dict[str, int]) -> dict[str, list[str]]:
    """Share ``people`` out so that neighbours in the list go to different shifts as evenly as the numbers allow."""
    shared: dict[str, list[str]] = {name: [] for name in wanted}
    for pid in people:
        shared[min(wanted, key=lambda name: (len(shared[name]) + 0.5) / max(wanted[name], 1e-9))].append(pid)
    return shared


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
