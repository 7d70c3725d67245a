"""The times that keep a terminal's data moving: how often it asks, how long it waits, what it calls quiet."""

from collections.abc import Callable
from dataclasses import dataclass

from floorctl.clock import elapsed


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The times of the engine, of what it pulls, pushes and watches, and of the alert rules beside it. In seconds.

    ``now`` is the clock that they are measured on, in seconds from any beginning; it never goes back, and goes on while
    the machine sleeps. One pace is for one process: whoever starts a floor gives it to all that moves there.
    """

    now: Callable[[], float] = elapsed

    # -- the link

    #: Without an answer to anything for so long, what is shown is no longer called live. The promise is five seconds;
    #: the rest is left for the way to the screen.
    offline_after: float = 4.5
    #: Single failures do not take the link down where something was heard within this time.
    just_now: float = 2.0
    #: Quiet after which the platform is asked whether it is there; and how often at least, busy or not, since only a
    #: question shows how long the way is.
    quiet: float = 2.0
    ask_at_least_every: float = 10.0
    #: Questions and attempts are never closer together than this, however the jitter falls.
    closest: float = 0.5
    #: What a question found to be new must have come in by the usual way after this time.
    deaf_after: float = 3.0
    #: How often the link is looked at.
    tick: float = 1.0

    # -- trying again

    first_retry: float = 0.5
    longest_retry: float = 60.0
    #: With a person looking, the platform's return has to be on the screen within ten seconds.
    longest_retry_watched: float = 4.0
    #: A success forgets earlier failures only after having lasted this long, so a link that flaps is not hammered.
    calm: float = 10.0
    #: A disk that refuses is tried again after this time.
    disk_again: float = 5.0

    # -- the way in

    #: How long the platform may wait for news before it answers a request: what the contract calls ``wait``.
    hold: int = 25
    #: A stream that fails again and again is left alone for so long, longer each time, up to the longest.
    without_stream: float = 60.0
    longest_without_stream: float = 600.0
    #: A stream that has lived so long has proved itself.
    stream_proven: float = 10.0
    #: A platform that sends everything back to the beginning more often than this is not followed there.
    restarts_apart: float = 30.0
    #: How often the cache is told that there is nothing new.
    confirm_every: float = 10.0
    #: A platform that does not hold requests is asked no more often than this.
    held_requests_apart: float = 0.2

    # -- the way out

    #: While nothing but failures comes back, attempts keep this distance, however many commands wait.
    attempts_apart: float = 0.5
    #: How long the feed is waited for where the link is new.
    hears_within: float = 3.0
    #: What broke off is tried again within this time while others' answers come: the line loses some, it is not gone.
    lost_again: float = 2.0
    #: What was applied so long before the feed was heard to its end ought to have been in it.
    missed_after: float = 30.0
    #: The same where the platform was away in between: what it shows then is all that it has.
    missed_after_outage: float = 1.0

    # -- the engine

    #: What other processes did to the journal without saying so is looked for so often.
    look_at_journal_every: float = 1.0
    look_at_journal_apart: float = 0.1
    #: Between two batches of the index while a history is being taken in.
    filling_pause: float = 0.02
    #: Without orders in large numbers for so long, a history has come to its end.
    filled_after: float = 1.5
    #: An index that can't be written is tried again after this time.
    index_again: float = 30.0
    #: How stale an otherwise unchanged status may get before it is told again.
    tell_again: float = 1.0
    #: A process that neither syncs nor hears from the one that does looks again so often.
    owner_again: float = 0.2
    #: An engine that failed is started again after this time.
    start_again: float = 5.0

    # -- counting and alert rules

    #: Between two counts of what is overdue: time alone makes orders late.
    pulse: float = 1.0
    #: Between two looks of the alert rules.
    rules_every: float = 5.0
    #: Memory that came free is given back so often.
    give_back_every: float = 60.0
    #: What the rules tried and did not come about (the platform said no) is not tried again for so long.
    rules_try_again: float = 600.0
    #: Between two readings of the whole audit trail.
    verify_every: float = 600.0


#: The pace of a floor where nobody asks for another.
USUAL = Pace()
