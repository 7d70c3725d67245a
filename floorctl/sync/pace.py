"""The intervals and time-outs of syncing: how often it asks, how long it waits, when it is offline."""

from collections.abc import Callable

import msgspec

from floorctl.clock import elapsed


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals and time-outs, in seconds, of the engine with its pull, push and watch, and of the alert rules.

    ``now`` is the clock that they are measured on, in seconds from any beginning; it never goes back, and goes on while
    the machine sleeps. A process uses one pace: the code that starts a floor passes it to all its parts.
    """

    now: Callable[[], float] = elapsed

    # -- the link

    #: Without any answer for this long, the data shown is no longer called live. The promise is five seconds; the rest
    #: is left for the way to the screen.
    offline_after: float = 4.5
    #: Single failures do not take the link down if something was heard within this time.
    heard_recently: float = 2.0
    #: Silence after which the platform is probed; and the longest time between probes, since only a probe measures the
    #: latency.
    probe_after_silence: float = 2.0
    probe_at_least_every: float = 10.0
    #: Least time between two probes or attempts, whatever the jitter.
    probes_apart: float = 0.5
    #: Time within which changes that a probe found have to arrive by the stream; otherwise it is restarted.
    stream_deaf_after: float = 3.0
    #: How often the link is checked.
    check_link_every: float = 1.0

    # -- trying again

    first_retry: float = 0.5
    longest_retry: float = 60.0
    #: With a person looking, the platform's return has to be on the screen within ten seconds.
    longest_retry_watched: float = 4.0
    #: A success resets the back-off only after having lasted this long, so that an unstable link is not flooded.
    backoff_reset_after: float = 10.0
    #: Wait after a disk error.
    retry_disk_after: float = 5.0

    # -- pull

    #: How long the platform may hold a request until there are changes: the contract's ``wait``.
    hold: int = 25
    #: How long a stream that keeps failing is not used, doubled each time up to the longest.
    without_stream: float = 60.0
    longest_without_stream: float = 600.0
    #: A stream that has lasted this long counts as working.
    stream_proven: float = 10.0
    #: Least time between two refetches from the beginning that the platform asks for.
    restarts_apart: float = 30.0
    #: How often "nothing new" is written to the cache.
    confirm_every: float = 10.0
    #: Least time between requests to a platform that does not hold them.
    held_requests_apart: float = 0.2

    # -- push

    #: Least time between attempts while all of them fail, however many commands wait.
    attempts_apart: float = 0.5
    #: How long sending is held for the feed after a reconnect.
    hold_for_feed: float = 3.0
    #: A command that got no answer is tried again within this time once others get theirs: the line loses some
    #: requests.
    retry_unanswered_within: float = 2.0
    #: A command applied this long before the feed was read to its end, and not in it, counts as lost.
    missed_after: float = 30.0
    #: The same after an outage: the feed then shows all that the platform has.
    missed_after_outage: float = 1.0

    # -- the engine

    #: How often the journal is checked for other processes' changes, and the least time between checks.
    check_journal_every: float = 1.0
    journal_checks_apart: float = 0.1
    #: Pause between two batches of the index while a history is being loaded.
    filling_pause: float = 0.02
    #: Without large numbers of orders for this long, loading the history is over.
    filled_after: float = 1.5
    #: Wait after the index could not be written.
    retry_index_after: float = 30.0
    #: Age at which an otherwise unchanged status is reported again.
    repeat_status_after: float = 1.0
    #: How often a process that neither syncs nor follows the one that does checks again.
    retry_owner_after: float = 0.2
    #: Wait before a failed engine is started again.
    restart_engine_after: float = 5.0

    # -- counting and alert rules

    #: Time between two counts of overdue orders: they become overdue without any change.
    recount_every: float = 1.0
    #: Time between two runs of the alert rules.
    rules_every: float = 5.0
    #: How often free memory is returned to the system.
    release_memory_every: float = 60.0
    #: Wait before the rules try again what the platform refused.
    retry_rules_after: float = 600.0
    #: Time between two verifications of the whole audit trail.
    verify_every: float = 600.0


#: The default pace.
USUAL = Pace()
