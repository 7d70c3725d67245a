"""The line goes bad in every way: what is shown says so in time, what is done is kept, and all comes through once."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from floorctl.errors import FloorctlError, RefusedError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.order_filter import OrderFilter
from tests.build import config
from tests.faults.faulty_proxy import FaultyProxy
from tests.platforms import PlatformProcess
from tests.scope import FULL
from tests.tls_proxy import tls_proxy
from tests.waiting import HURRIED, TIMES_FASTER, wait_until, wait_until_live

if TYPE_CHECKING:
    import trustme  # takes its time to import

pytestmark = pytest.mark.slow

#: Seconds that the line is bad beyond the time in which that shows, and that it flaps.
BAD = 30.0 if FULL else 1.0
FLAPPING = 300.0 if FULL else 3.0


@pytest.fixture(scope="module")
def shared_proxy(platform: PlatformProcess) -> Iterator[FaultyProxy]:
    with FaultyProxy(platform.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def the_floor(
    platform: PlatformProcess, shared_proxy: FaultyProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Floor]:
    with floor_at(shared_proxy.url, tmp_path_factory.mktemp("terminal")) as floor:
        floor.session.sign_in(*platform.accounts["supervisor"])
        floor.live.start(pace=HURRIED)
        yield floor


@pytest.fixture
def proxy(shared_proxy: FaultyProxy) -> FaultyProxy:
    """The proxy, without faults."""
    shared_proxy.change()
    return shared_proxy


@pytest.fixture
def floor(proxy: FaultyProxy, the_floor: Floor) -> Floor:
    """A live floor that reaches its platform through the proxy."""
    live(the_floor)
    return the_floor


@contextmanager
def floor_at(url: str, folder: Path, **options: Any) -> Iterator[Floor]:
    floor = open_terminal(config(folder / "data", url=url, **options))
    try:
        yield floor
    finally:
        floor.close()


def live(floor: Floor, seconds: float = 30) -> None:
    wait_until_live(floor, seconds=seconds)


class Urging:
    """A person who goes on acting whatever the network does."""

    def __init__(self, floor: Floor, platform: PlatformProcess, name: str) -> None:
        self.floor = floor
        self.platform = platform
        self.name = f"{name} {secrets.token_hex(3)}"  # the platform keeps what an earlier try has said
        found = floor.orders.page(OrderFilter(state=("accepted", "dispatched")), sort="number", limit=20).items
        self.orders = [view.id for view in found]
        self.slowest = 0.0
        self.notes: dict[str, str] = {}

    def act(self, times: int = 1) -> None:
        for _ in range(times):
            began = time.monotonic()
            while not self._urge_one():
                pass
            self.slowest = max(self.slowest, time.monotonic() - began)

    def _urge_one(self) -> bool:
        n = len(self.notes)
        order, note = self.orders[n % len(self.orders)], f"{self.name} {n}"
        try:
            self.notes[note] = self.floor.orders.urge(order, 1 + n % 3, note, confirmed=True).id
        except RefusedError:  # a department has handled it, and the line let us know
            self.orders.remove(order)
            return False
        return True

    def shown_for(self, seconds: float) -> set[str]:
        """Act for ``seconds``; return the modes that the connection had meanwhile."""
        shown: set[str] = set()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.act()
            shown.add(self.floor.status.connection().mode)
            time.sleep(0.05)
        return shown

    def once(self, seconds: float = 60) -> None:
        """Wait until all is sent, and check that each act is on the platform once."""
        wait_until(lambda: self.floor.status.connection().waiting == 0, seconds=seconds, why="for all to be sent")
        entities, _ = self.platform.snapshot("order")
        found = Counter(urge.get("note") for change in entities.values() for urge in change["data"].get("urges", ()))
        states = {note: self.floor.outbox.item(id_).state for note, id_ in self.notes.items()}
        # An order that a department has handled in the meantime takes no urge, and says so.
        assert set(states.values()) <= {"applied", "refused"}
        assert {note: found[note] for note in self.notes} == {note: int(s == "applied") for note, s in states.items()}
        assert "applied" in states.values()
        assert self.slowest < self.floor.config.platform.timeout / 2, "an act waited for the line"


@pytest.mark.parametrize(
    ("behaviour", "offline"),
    [
        ({"refuses": True}, True),
        ({"cuts": 100}, True),
        ({"mute": True}, True),
        ({"drips": True}, True),
        ({"cuts_commands": True}, False),
        ({"latency": 2.0 / TIMES_FASTER}, False),
    ],
    ids=["refused", "reset in mid-answer", "half-open", "one byte a second", "answer lost", "slow"],
)
def test_on_a_bad_line_work_goes_on_and_comes_through_once_when_it_is_good_again(
    floor: Floor, platform: PlatformProcess, proxy: FaultyProxy, behaviour: dict[str, object], offline: bool
) -> None:
    urging = Urging(floor, platform, str(behaviour))
    proxy.change(**behaviour)
    if "cuts" in behaviour:
        proxy.reset_connections()  # a stream that is open has passed its hundred bytes long ago
    if offline:
        # What had come through before is read late on a slow machine, and is a sign of life once more.
        wait_until(lambda: urging.shown_for(BAD) == {"offline"}, seconds=30 + 2 * BAD, why="for the mark to stay")
        assert floor.status.connection().problem is not None
        assert floor.status.connection().offline_seconds >= HURRIED.offline_after
    else:
        urging.shown_for(BAD)
        # A line that has just become slow is not to be told from one that is gone until the first answer is there.
        live(floor)
    proxy.change()
    live(floor)
    urging.once()


def test_half_of_what_is_asked_gets_lost_and_all_comes_through_once(
    floor: Floor, platform: PlatformProcess, proxy: FaultyProxy
) -> None:
    urging = Urging(floor, platform, "half")
    proxy.change(loses=0.5)
    urging.shown_for(2 * BAD)
    if FULL:
        urging.once(300)  # through the bad proxy: every second try of each waits for an answer in vain
    proxy.change()
    live(floor)
    urging.once()


def test_a_line_that_flaps_is_not_hammered_and_all_comes_through_once(
    floor: Floor, platform: PlatformProcess, proxy: FaultyProxy
) -> None:
    urging = Urging(floor, platform, "flapping")
    before = proxy.connections
    began = time.monotonic()
    while time.monotonic() - began < FLAPPING:
        proxy.change(refuses=True)
        urging.act(3)
        time.sleep(2 / TIMES_FASTER)
        proxy.change()
        urging.act(3)
        time.sleep(2 / TIMES_FASTER)
    live(floor)
    flapped = (time.monotonic() - began) * TIMES_FASTER
    urging.once()
    assert proxy.connections - before < 40 + 15 * flapped


def test_a_line_that_is_gone_when_a_suspended_terminal_wakes_is_replaced(
    floor: Floor, platform: PlatformProcess, proxy: FaultyProxy
) -> None:
    """What a machine that slept finds: every connection dead, and nobody who said so."""
    urging = Urging(floor, platform, "woken")
    proxy.change(mute=True)
    urging.act(3)
    wait_until(lambda: floor.status.connection().mode == "offline", why="for the mark")
    proxy.reset_connections()
    proxy.change()
    live(floor)
    urging.once()


def test_a_platform_that_no_packet_reaches_is_said_and_nothing_is_lost(
    platform: PlatformProcess, tmp_path: Path
) -> None:
    with floor_at(platform.url, tmp_path) as floor:
        floor.session.sign_in(*platform.accounts["supervisor"])
        floor.live.start(pace=HURRIED)
        live(floor)
        order = floor.orders.page(OrderFilter(state=("accepted", "dispatched"))).items[0].id
    # 192.0.2.0/24 is given to nobody (RFC 5737).
    with floor_at("http://192.0.2.1:9", tmp_path, timeout=1.0) as floor:
        floor.live.start(pace=HURRIED)
        wait_until(lambda: floor.status.connection().problem is not None, why="for the problem")
        assert floor.status.connection().mode != "live"
        assert floor.orders.get(order)
        item = floor.orders.urge(order, 3, "到不了", confirmed=True)
        assert floor.outbox.item(item.id).state == "waiting"
        with pytest.raises(FloorctlError):
            floor.session.sign_in(*platform.accounts["supervisor"])


# -- TLS


def _good(ca: "trustme.CA") -> "trustme.LeafCert":
    return ca.issue_cert("localhost")


def _of_another_name(ca: "trustme.CA") -> "trustme.LeafCert":
    return ca.issue_cert("platform.example")


def _expired(ca: "trustme.CA") -> "trustme.LeafCert":
    now = datetime.now(UTC)
    return ca.issue_cert("localhost", not_before=now - timedelta(days=30), not_after=now - timedelta(days=1))


def _not_yet_valid(ca: "trustme.CA") -> "trustme.LeafCert":
    now = datetime.now(UTC)
    return ca.issue_cert("localhost", not_before=now + timedelta(days=1), not_after=now + timedelta(days=30))


def _of_another_authority(ca: "trustme.CA") -> "trustme.LeafCert":
    return type(ca)().issue_cert("localhost")


@pytest.mark.parametrize(
    ("issue", "wrong"),
    [
        (_of_another_name, "error.network_untrusted_name"),
        (_expired, "error.network_untrusted_time"),
        (_not_yet_valid, "error.network_untrusted_time"),
        (_of_another_authority, "error.network_untrusted"),
    ],
)
def test_a_certificate_that_does_not_prove_it_gets_no_password_and_no_command(
    platform: PlatformProcess, tmp_path: Path, issue: "Callable[[trustme.CA], trustme.LeafCert]", wrong: str
) -> None:
    import trustme

    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    with tls_proxy(platform.port, issue(ca)) as url, floor_at(url, tmp_path, ca_file=str(tmp_path / "ca.pem")) as floor:
        with pytest.raises(FloorctlError) as caught:
            floor.session.sign_in(*platform.accounts["supervisor"])
        assert caught.value.key == wrong
        assert floor.session.person is None


def test_behind_a_proxy_with_a_private_certificate_the_floor_is_live(platform: PlatformProcess, tmp_path: Path) -> None:
    import trustme

    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    with tls_proxy(platform.port, _good(ca)) as url, floor_at(url, tmp_path, ca_file=str(tmp_path / "ca.pem")) as floor:
        floor.session.sign_in(*platform.accounts["supervisor"])
        floor.live.start(pace=HURRIED)
        live(floor)
        urging = Urging(floor, platform, "tls")
        urging.act(3)
        urging.once()
