// The state machine of a breaker, for the simulator.
//
// The crate's own state machine cannot run in a page here: it needs Rust's standard library for
// wasm32, which this project's machines do not have. So this file states the rules once more, in
// JavaScript, and `cargo xtask browser` holds it to the crate: thousands of random scripts are
// played by `breaker-core` and by this file, and every answer, state and count must agree.
//
// It knows closed, open and half-open; consecutive failures, windows of calls and of time, slow
// calls and calls that hang, probes, their slots and `probe_timeout`, back-off and `backoff_reset`.
// It leaves out `slow_rate`, `trip`, `retry_after`, `jitter`, cancelled calls and control by hand.
//
// All times are whole milliseconds. Nothing here reads a clock: each method is told the time, which
// never goes back. Times begin at zero, where the breaker is made.

/** A time that never comes, as in the crate: 34 years. */
const FOREVER = 2 ** 40 - 1;
const BUCKETS = 10;

const later = (time, length) => Math.min(time + length, FOREVER);

/** Multiplies a time, and rounds up all but the error of a decimal factor. */
const times = (length, factor) =>
  Math.min(Math.ceil(length * factor * (1 - Number.EPSILON)), FOREVER);

/** Raises to a whole power by squaring, which rounds as the crate does. */
function power(base, exponent) {
  let result = 1;
  for (;;) {
    if (exponent % 2 === 1) result *= base;
    exponent = Math.floor(exponent / 2);
    if (exponent === 0) return result;
    base *= base;
  }
}

/**
 * Fills in the defaults of a tuning. The keys are those of the attribute; times are numbers, and
 * `window` is `{calls}` or `{time}`.
 */
export function complete(given) {
  const isJudged = given.failure_rate !== undefined || given.failure_count !== undefined;
  const window = given.window ?? (isJudged ? { calls: 100 } : undefined);
  const cooldown = given.cooldown ?? 30_000;
  return {
    threshold: given.threshold ?? (isJudged ? undefined : 5),
    failure_rate: given.failure_rate,
    failure_count: given.failure_count,
    window,
    min_calls: given.min_calls ?? Math.min(10, window?.calls ?? 10),
    // `failure_count` waits only for a `min_calls` that is given.
    count_waits_for: given.min_calls ?? 0,
    slow_call: given.slow_call,
    cooldown,
    backoff: given.backoff ?? 1,
    backoff_reset: given.backoff_reset,
    cooldown_max: given.cooldown_max ?? FOREVER,
    probes: given.probes ?? 1,
    success_threshold: given.success_threshold ?? 1,
    probe_timeout: given.probe_timeout ?? Math.max(cooldown, given.slow_call ?? 0),
  };
}

/** The last calls, as many as the window holds. */
class CallWindow {
  constructor(size) {
    this.places = new Array(size).fill(0);
    this.next = 0;
    this.totals = [0, 0, 0];
  }

  record(failed, slow) {
    const [now, before] = [1 + 2 * failed + 4 * slow, this.places[this.next]];
    this.places[this.next] = now;
    this.next = (this.next + 1) % this.places.length;
    for (const bit of [0, 1, 2]) this.totals[bit] += ((now >> bit) & 1) - ((before >> bit) & 1);
  }

  sums() {
    return this.totals;
  }
}

/** The calls of the last period, in ten buckets. The first begins with the episode. */
class TimeWindow {
  constructor(length, since) {
    this.bucket = Math.ceil(length / BUCKETS);
    this.since = since;
    this.rows = Array.from({ length: BUCKETS }, () => ({ number: -1, sums: [0, 0, 0] }));
  }

  numberAt(now) {
    return Math.floor((now - this.since) / this.bucket);
  }

  record(failed, slow, now) {
    const number = this.numberAt(now);
    const row = this.rows[number % BUCKETS];
    if (row.number !== number) Object.assign(row, { number, sums: [0, 0, 0] });
    row.sums[0] += 1;
    row.sums[1] += failed;
    row.sums[2] += slow;
  }

  sums(now) {
    const first = this.numberAt(now) - BUCKETS + 1;
    const totals = [0, 0, 0];
    for (const { number, sums } of this.rows) {
      if (number >= first && number >= 0) sums.forEach((sum, kind) => (totals[kind] += sum));
    }
    return totals;
  }
}

/** One breaker, closed at first. */
export class Machine {
  constructor(given) {
    this.tuning = complete(given);
    this.state = "closed";
    /** The number of changes of state. An outcome counts in the episode of its admission only. */
    this.episode = 0;
    this.since = 0;
    this.until = 0;
    this.openings = 0;
    this.rejections = 0;
    this.late = 0;
    this.begin(0);
  }

  /** Starts to count anew. */
  begin(now) {
    this.consecutive = 0;
    this.successes = 0;
    /** Probes with a slot, and those that have lost it, the oldest first. */
    this.held = [];
    this.lost = [];
    /** Timed calls, the oldest first. Those before `firstOut` are settled or counted. */
    this.out = [];
    this.firstOut = 0;
    if (this.state !== "closed") return;
    const { window } = this.tuning;
    if (window?.calls) this.window = new CallWindow(window.calls);
    if (window?.time) this.window = new TimeWindow(window.time, now);
  }

  enter(state, now) {
    this.state = state;
    this.episode += 1;
    this.since = now;
    this.begin(now);
  }

  /** Asks for admission. Returns `{permit}`, or `{why, left}`: the time until it may be admitted. */
  ask(now) {
    if (this.tuning.slow_call) this.countHung(now);
    if (this.state === "open") {
      if (now < this.until) return this.reject("open", this.until, now);
      this.enter("half-open", now);
    }
    const isProbe = this.state === "half-open";
    const permit = { episode: this.episode, began: now, isProbe, isCounted: false, isDone: false };
    if (isProbe) {
      if (!this.hasSlot(now)) return this.reject("saturated", this.endOfSlot(this.held[0]), now);
      if (this.held.length === this.tuning.probes) this.lost.push(this.held.shift());
      this.held.push(permit);
    } else if (this.tuning.slow_call) {
      this.out.push(permit);
    }
    return { permit };
  }

  reject(why, end, now) {
    this.rejections += 1;
    return { why, left: end === FOREVER ? null : end - now };
  }

  endOfSlot(probe) {
    return later(probe.began, this.tuning.probe_timeout);
  }

  /** Returns whether a slot is free, or its probe has been out for so long that it loses it. */
  hasSlot(now) {
    return this.held.length < this.tuning.probes || this.endOfSlot(this.held[0]) <= now;
  }

  /** Settles an admitted call, once. The outcome is "success", "failure" or "ignored". */
  settle(permit, outcome, now) {
    permit.isDone = true;
    if (permit.episode !== this.episode) {
      this.late += 1;
      return;
    }
    // What a call that hung returns at last counts for nothing more.
    if (permit.isCounted) return;
    const bound = this.tuning.slow_call ?? FOREVER;
    const isSlow = outcome !== "ignored" && now - permit.began >= bound;
    const hasFailed = outcome === "failure" || isSlow;
    if (permit.isProbe) this.settleProbe(permit, outcome, hasFailed, now);
    else if (outcome !== "ignored") this.record(hasFailed, isSlow, now);
  }

  settleProbe(permit, outcome, hasFailed, now) {
    this.held = this.held.filter((probe) => probe !== permit);
    this.lost = this.lost.filter((probe) => probe !== permit);
    if (hasFailed) {
      this.open(now);
    } else if (outcome === "success") {
      this.successes += 1;
      if (this.successes >= this.tuning.success_threshold) this.enter("closed", now);
    }
  }

  record(hasFailed, isSlow, now) {
    this.window?.record(hasFailed, isSlow, now);
    this.consecutive = hasFailed ? this.consecutive + 1 : 0;
    // A success never trips.
    if (hasFailed && this.trips(now)) this.open(now);
  }

  trips(now) {
    const { threshold, failure_count, failure_rate, min_calls, count_waits_for } = this.tuning;
    if (threshold !== undefined && this.consecutive >= threshold) return true;
    if (!this.window) return false;
    const [calls, failures] = this.window.sums(now);
    const reachesCount = failure_count !== undefined && failures >= failure_count;
    if (reachesCount && calls >= count_waits_for) return true;
    return failure_rate !== undefined && calls >= min_calls && failures / calls >= failure_rate;
  }

  /** Returns whether an opening now is one more failed half-open, as `backoff` counts. */
  isInARow(now) {
    if (this.state === "half-open") return true;
    const { backoff_reset } = this.tuning;
    return backoff_reset !== undefined && now < later(this.since, backoff_reset);
  }

  open(now) {
    const { cooldown, backoff, cooldown_max } = this.tuning;
    const before = this.isInARow(now) ? this.openings : 0;
    const grown = before > 0 && backoff > 1 ? times(cooldown, power(backoff, before)) : cooldown;
    this.openings = before + 1;
    this.until = later(now, Math.min(grown, cooldown_max));
    this.enter("open", now);
  }

  /** Counts the calls that hang, before the next call is decided. */
  countHung(now) {
    if (this.state === "half-open" && [...this.held, ...this.lost].some((it) => this.hangs(it, now))) {
      this.open(now);
    }
    const episode = this.episode;
    while (this.state === "closed" && this.firstOut < this.out.length) {
      const call = this.out[this.firstOut];
      if (!call.isDone) {
        if (!this.isDue(call, now)) break;
        call.isCounted = true;
        this.record(true, true, now);
        if (this.episode !== episode) return;
      }
      this.firstOut += 1;
    }
  }

  /**
   * Returns whether a call that is out has to be counted as slow. Calls that began in one eighth of
   * `slow_call` are counted together, once the last moment of that eighth is `slow_call` ago.
   */
  isDue(call, now) {
    const bound = this.tuning.slow_call;
    const eighth = (time) => Math.floor((8 * time) / bound);
    return now >= bound && eighth(call.began) < eighth(now - bound);
  }

  /** A slow probe is a failed one, unless it has lost its slot to a later caller by then. */
  hangs(probe, now) {
    const [slow, end] = [later(probe.began, this.tuning.slow_call), this.endOfSlot(probe)];
    return slow <= now && !(end > slow && end <= now);
  }

  /** Returns whether a call would be admitted. It has no effect. */
  isPermitted(now) {
    if (this.state === "open") return now >= this.until;
    return this.state === "closed" || this.hasSlot(now);
  }

  /** Returns what a snapshot of the crate shows. */
  show(now) {
    const { state, tuning } = this;
    const isOpen = state === "open";
    const endless = this.until === FOREVER;
    let window = null;
    if (tuning.window) {
      // While open, the window is shown as it was at the trip.
      window = state === "half-open" ? [this.successes, 0, 0] : this.window.sums(isOpen ? this.since : now);
    }
    const showsRow = tuning.threshold !== undefined || tuning.window?.calls !== undefined;
    return {
      state,
      episode: this.episode,
      consecutive: showsRow ? this.consecutive : 0,
      window: window && [...window],
      inFlight: this.held.length,
      successes: this.successes,
      rejections: this.rejections,
      late: this.late,
      cooldown: isOpen && !endless ? this.until - this.since : null,
      remaining: isOpen && !endless ? Math.max(this.until - now, 0) : null,
      openings: state === "closed" && !this.isInARow(now) ? 0 : this.openings,
      isPermitted: this.isPermitted(now),
    };
  }
}
