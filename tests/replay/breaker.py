"""A circuit breaker by the letter of its rules: plain, slow, and without a clock or threads.

It shares no code with the crates, so that a mistake in either shows as a difference. Instants and
durations are whole nanoseconds; the caller gives every instant, and never goes back.
"""

from fractions import Fraction

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half-open"
SUCCESS, FAILURE, IGNORED = "success", "failure", "ignored"

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
BUCKETS = 10


def whole(nanoseconds):
    """Returns the next whole millisecond.

    The contract lets the clock be coarse where milliseconds do: the cooldown and the time of a
    probe's slot begin at a whole millisecond of the clock, and last a whole number of them.
    """
    return -(-nanoseconds // MILLISECOND) * MILLISECOND


class Permit:
    """One admitted call."""

    def __init__(self, start, episode):
        self.start = start
        self.episode = episode
        self.has_slot = False
        # The record of a call that hung, and was counted before it came back.
        self.record = None


class Record:
    """One call of the window."""

    def __init__(self, instant, failed, slow):
        self.instant = instant
        self.failed = failed
        self.slow = slow


class Tuning:
    """The attribute's keys; a key that is not given has its default."""

    def __init__(self, given):
        self.threshold = given.get("threshold")
        self.failure_rate = given.get("failure_rate")
        self.failure_count = given.get("failure_count")
        self.slow_rate = given.get("slow_rate")
        self.slow_call = given.get("slow_call")
        if self.failure_rate is None and self.failure_count is None and self.slow_rate is None:
            self.threshold = given.get("threshold", 5)
        # A window is ("calls", number) or ("time", length).
        self.window = given.get("window", ("calls", 100))
        self.buckets = given.get("buckets", BUCKETS)
        self.waits_to_count = "min_calls" in given
        of_calls = self.window[0] == "calls"
        self.min_calls = given.get("min_calls", min(10, self.window[1]) if of_calls else 10)
        self.cooldown = given.get("cooldown", 30 * SECOND)
        self.backoff = given.get("backoff", Fraction(1))
        self.cooldown_max = given.get("cooldown_max")
        self.backoff_reset = given.get("backoff_reset")
        self.probes = given.get("probes", 1)
        self.success_threshold = given.get("success_threshold", 1)
        longer = max(self.cooldown, self.slow_call or 0)
        self.probe_timeout = given.get("probe_timeout", longer)


class Breaker:
    """A breaker that was made at an instant."""

    def __init__(self, tuning, now):
        self.tuning = tuning
        # All permits that have not come back, in the order of admission.
        self.out = []
        # Every change: (instant, state before, state after).
        self.transitions = []
        self.episode = 0
        # The records of calls that hung, by episode and eighth. The crate does not tell the calls of
        # one eighth apart: the one that comes back first is taken for the last of them.
        self.counted = {}
        # Failed half-opens in a row, by which `backoff` lengthens the cooldown.
        self.failed_rounds = 0
        self.was_open = False
        self.begin_closed(now)

    def begin_closed(self, now):
        self.state = CLOSED
        self.since = now
        self.consecutive = 0
        self.records = []

    def acquire(self, now):
        """Returns the permit of a call that is admitted, or None."""
        self.count_hanging(now)
        if self.state == OPEN:
            if now < self.cooldown_end:
                return None
            self.move(HALF_OPEN, now)
            self.successes = 0
        permit = Permit(now, self.episode)
        if self.state == HALF_OPEN:
            if not self.has_free_slot(now):
                return None
            permit.has_slot = True
        self.out.append(permit)
        return permit

    def has_free_slot(self, now):
        """Returns true if a probe may start; for that the oldest may lose its slot."""
        holders = [permit for permit in self.present() if permit.has_slot]
        if len(holders) < self.tuning.probes:
            return True
        oldest = holders[0]
        if now < whole(oldest.start) + self.tuning.probe_timeout:
            return False
        oldest.has_slot = False
        return True

    def present(self):
        """Returns the calls of this episode that are out, in the order of admission."""
        return [permit for permit in self.out if permit.episode == self.episode]

    def settle(self, permit, outcome, now):
        """Takes the outcome of a call."""
        self.out.remove(permit)
        record = permit.record and self.counted[permit.episode, self.eighth(permit.start)].pop()
        if permit.episode != self.episode or outcome == IGNORED:
            return
        slow_call = self.tuning.slow_call
        slow = slow_call is not None and now - permit.start >= slow_call
        if record:
            self.add_failure_of_counted(record, outcome, now)
        elif self.state == HALF_OPEN:
            self.settle_probe(outcome, slow, now)
        else:
            self.settle_closed(outcome, slow, now)

    def settle_probe(self, outcome, slow, now):
        if outcome == FAILURE or slow:
            self.reopen(now)
            return
        self.successes += 1
        if self.successes == self.tuning.success_threshold:
            self.close(now)

    def settle_closed(self, outcome, slow, now):
        failed = outcome == FAILURE or (slow and self.tuning.slow_rate is None)
        self.consecutive = self.consecutive + 1 if failed else 0
        self.records.append(Record(now, failed, slow))
        if failed or slow:
            self.judge(now)

    def count_hanging(self, now):
        """Counts the calls of this episode that have been out for long enough."""
        for permit in self.present():
            if permit.episode != self.episode or permit.record or not self.hangs(permit, now):
                continue
            if self.state == HALF_OPEN:
                self.reopen(now)
                continue
            failed = self.tuning.slow_rate is None
            self.consecutive += failed
            permit.record = Record(now, failed, True)
            self.records.append(permit.record)
            eighth = self.eighth(permit.start)
            self.counted.setdefault((self.episode, eighth), []).append(permit.record)
            self.judge(now)

    def hangs(self, permit, now):
        """Returns true if a call that is out is to be counted.

        The contract leaves freedom: no sooner than `slow_call`, no later than 9/8 of it. Calls of
        one eighth of `slow_call`, counted from the clock's beginning, are counted together.
        Probes are counted to the moment. Where a probe has also lost its slot since it was slow,
        the contract names two consequences; the attribute's page says that the slot is taken.
        """
        slow_call, timeout = self.tuning.slow_call, self.tuning.probe_timeout
        if slow_call is None:
            return False
        if self.state == HALF_OPEN:
            out = now - whole(permit.start)
            return out >= slow_call and not out >= timeout > slow_call
        return self.eighth(now) - self.eighth(permit.start) > 8

    def eighth(self, instant):
        """Returns the number of the eighth of `slow_call` in which an instant is."""
        return instant * 8 // self.tuning.slow_call

    def add_failure_of_counted(self, record, outcome, now):
        """Adds the failure of a call that hung to that call's record, under `slow_rate`."""
        if outcome != FAILURE or self.tuning.slow_rate is None:
            return
        record = self.record_in_place_of(record)
        # The contract leaves open what a call that has left the window adds: nothing.
        if record in self.window(now) and record.slow and not record.failed:
            record.failed = True
            self.consecutive += 1
            self.judge(now)

    def record_in_place_of(self, record):
        """Returns the record that now has a record's place in the window.

        A window of N calls has N places, taken in turn. If the call that has taken the place is
        slow too, the crate cannot tell the two apart: the later call gets the failure.
        """
        kind, size = self.tuning.window
        return self.records[self.records.index(record) :: size][-1] if kind == "calls" else record

    def judge(self, now):
        tuning = self.tuning
        window = self.window(now)
        calls = len(window)
        failures = sum(record.failed for record in window)
        slow = sum(record.slow for record in window)
        enough = calls >= tuning.min_calls
        trips = tuning.threshold is not None and self.consecutive >= tuning.threshold
        if tuning.failure_count is not None and (enough or not tuning.waits_to_count):
            trips |= failures >= tuning.failure_count
        if tuning.failure_rate is not None and enough:
            trips |= failures >= tuning.failure_rate * calls
        if tuning.slow_rate is not None and enough:
            trips |= slow >= tuning.slow_rate * calls
        if trips:
            self.trip(now)

    def window(self, now):
        """Returns the records that the window holds."""
        kind, size = self.tuning.window
        if kind == "calls":
            return self.records[-size:]
        # The buckets begin with the window: when the breaker was made or has closed.
        present = self.bucket(now)
        return [r for r in self.records if present - self.bucket(r.instant) < self.tuning.buckets]

    def bucket(self, instant):
        # The contract names the number of buckets. Each is a whole number of milliseconds long.
        length = whole(Fraction(self.tuning.window[1], self.tuning.buckets))
        return (instant - whole(self.since)) // length

    def trip(self, now):
        reset = self.tuning.backoff_reset
        closed = whole(now) - whole(self.since)
        if self.was_open and reset is not None and closed < reset:
            self.failed_rounds += 1
        else:
            self.failed_rounds = 0
        self.open(now)

    def reopen(self, now):
        self.failed_rounds += 1
        self.open(now)

    def open(self, now):
        self.was_open = True
        cooldown = self.tuning.cooldown * self.tuning.backoff**self.failed_rounds
        if self.tuning.cooldown_max is not None:
            cooldown = min(cooldown, self.tuning.cooldown_max)
        self.cooldown = cooldown
        self.cooldown_end = whole(now) + whole(cooldown)
        self.move(OPEN, now)

    def close(self, now):
        self.move(CLOSED, now)
        self.begin_closed(now)

    def move(self, state, now):
        self.transitions.append((now, self.state, state))
        self.state = state
        self.since = now
        self.episode += 1
