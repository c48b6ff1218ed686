// A service that falls ill, and the callers that call it, with a breaker or without one.
//
// A run depends on nothing but its settings: all chance comes from a seed, and each call has its
// own draws. So two runs with one traffic differ by their breakers alone. Times are milliseconds.

import { Machine } from "./machine.js";

/** What a call came to. */
export const SUCCEEDED = 0;
export const FAILED = 1;
export const REJECTED = 2;

/** Returns a number from 0 to below 1, by three whole numbers. */
function chance(seed, call, what) {
  let bits = (seed ^ Math.imul(call + 1, 0x9e3779b1) ^ Math.imul(what + 1, 0x85ebca6b)) | 0;
  for (const by of [0x7feb352d, 0x846ca68b]) {
    bits = Math.imul(bits ^ (bits >>> 16), by);
    bits ^= bits >>> 15;
  }
  return (bits >>> 0) / 2 ** 32;
}

/** The draws of a call: each is used for one purpose. */
const [GAP, SPREAD, FAULT] = [0, 1, 2];

/** A heap of events: those of one moment come in the order of their numbers, ends before calls. */
class Events {
  constructor() {
    this.heap = [];
  }

  static isBefore(one, other) {
    return one.at - other.at || one.isCall - other.isCall || one.number - other.number;
  }

  push(event) {
    const { heap } = this;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (Events.isBefore(heap[above], event) <= 0) break;
      heap[at] = heap[above];
      at = above;
    }
    heap[at] = event;
  }

  pop() {
    const { heap } = this;
    const [first, last] = [heap[0], heap.pop()];
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && Events.isBefore(heap[below + 1], heap[below]) < 0) below += 1;
      if (Events.isBefore(last, heap[below]) <= 0) break;
      heap[at] = heap[below];
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

/** A service whose health follows the clock: dead, slow, flapping, faulty, or back step by step. */
class Clockwork {
  constructor(settings) {
    this.settings = settings;
    this.begin = settings.begins;
    this.end = settings.begins + settings.lasts;
  }

  /** Returns the share of calls that the illness strikes, at that time. */
  illness(at) {
    const { shape, errors, period, ramp } = this.settings;
    if (at < this.begin) return 0;
    if (at >= this.end) return shape === "ramp" ? Math.max(0, 1 - (at - this.end) / ramp) : 0;
    if (shape === "errors") return errors / 100;
    if (shape === "flapping") return Math.floor((at - this.begin) / (period / 2)) % 2 === 0 ? 1 : 0;
    return 1;
  }

  isSick(at) {
    return this.illness(at) > 0;
  }

  /** Returns the times at which the service is sick. */
  sickSpans() {
    const { shape, period, ramp } = this.settings;
    const { begin, end } = this;
    if (shape === "ramp") return [{ from: begin, to: end + ramp }];
    if (shape !== "flapping") return [{ from: begin, to: end }];
    const spans = [];
    for (let from = begin; from < end; from += period) {
      spans.push({ from, to: Math.min(from + period / 2, end) });
    }
    return spans;
  }

  /** Returns how a call that begins then would end. */
  answer(at, { fault, healthy }) {
    const { shape, sick } = this.settings;
    if (fault >= this.illness(at)) return { fails: false, takes: healthy };
    return { fails: shape !== "slow", takes: sick };
  }

  reach() {}
}

/**
 * A service with a queue. Something fills the queue at the outage's beginning, and then each call
 * costs more than the service can work off between two of them: it recovers only if it is left alone
 * for as long as the outage `lasts`.
 */
class Overloaded {
  constructor({ begins, lasts, rate, latency }) {
    this.begin = begins;
    this.full = lasts;
    this.cheap = Math.min(1000 / (4 * rate), latency);
    this.dear = 1000 / (0.7 * rate);
    this.collapse = Math.max(1000, 8 * latency, 8 * this.cheap);
    this.queue = 0;
    this.last = 0;
    this.isStruck = false;
    this.spans = [];
  }

  queueAt(at) {
    if (!this.isStruck && at >= this.begin) {
      this.isStruck = true;
      this.queue = this.full;
      this.last = this.begin;
      this.noteSick(this.begin);
    }
    const well = this.last + this.queue - this.collapse;
    if (well >= this.last && well <= at) this.noteWell(well);
    this.queue = Math.max(0, this.queue - (at - this.last));
    this.last = at;
    return this.queue;
  }

  noteSick(at) {
    if (!(this.spans.at(-1)?.to === Infinity)) this.spans.push({ from: at, to: Infinity });
  }

  noteWell(at) {
    if (this.spans.at(-1)?.to === Infinity) this.spans.at(-1).to = at;
  }

  sickSpans() {
    return this.spans;
  }

  isSick(at) {
    return this.queueAt(at) > this.collapse;
  }

  answer(at, { healthy }) {
    return { fails: false, takes: this.queueAt(at) + healthy };
  }

  /** Takes a call. Its caller may leave, but its work stays in the queue. */
  reach(at) {
    const queue = this.queueAt(at);
    const cost = queue > this.collapse ? this.dear : this.cheap;
    this.queue = Math.min(queue + cost, Math.max(this.full, this.collapse));
    if (this.queue > this.collapse) this.noteSick(at);
  }
}

/** One run of the traffic against the service. */
class Run {
  constructor(settings, tuning) {
    this.settings = settings;
    this.service = settings.shape === "overload" ? new Overloaded(settings) : new Clockwork(settings);
    this.breaker = tuning && new Machine(tuning);
    /** A call is bad if it fails, or is slow by the tuning. */
    this.slowFrom = tuning?.slow_call ?? Infinity;
    this.events = new Events();
    this.calls = [];
    this.changes = [{ state: "closed", at: 0 }];
    /** The times at which the service was sick. */
    this.sick = [];
  }

  draws(number) {
    const { seed, latency } = this.settings;
    const spread = chance(seed, number, SPREAD);
    // From half to double, half of the calls on either side.
    const healthy = Math.max(1, Math.round(latency * 4 ** (spread - 0.5)));
    return { fault: chance(seed, number, FAULT), healthy };
  }

  answer(number, at) {
    const { seed, faults, timeout } = this.settings;
    const answer = this.service.answer(at, this.draws(number));
    answer.takes = Math.max(1, Math.round(answer.takes));
    answer.fails ||= chance(seed, number, 3) < faults / 100;
    if (timeout && answer.takes >= timeout) Object.assign(answer, { fails: true, takes: timeout });
    return answer;
  }

  /** Returns the time until a caller's next call, or until the next one if callers don't wait. */
  gap(number) {
    const { seed, rate, callers } = this.settings;
    const drawn = chance(seed, number, GAP);
    return callers ? (callers / rate) * 1000 * (0.5 + drawn) : (-Math.log(1 - drawn) / rate) * 1000;
  }

  schedule(at, number, caller) {
    if (at < this.settings.duration) this.events.push({ at: Math.round(at), exact: at, isCall: 1, number, caller });
  }

  play() {
    const { callers, duration } = this.settings;
    let next = Math.max(callers, 1);
    // Callers begin one after another.
    for (let first = 0; first < next; first += 1) {
      const wait = this.gap(first);
      this.schedule(callers ? (wait * (first + 0.5)) / callers : wait, first, first);
    }
    while (this.events.heap.length > 0) {
      const event = this.events.pop();
      if (event.at >= duration) break;
      if (event.isCall) {
        const end = this.call(event);
        this.schedule((callers ? end : event.exact) + this.gap(next), next, event.caller);
        next += 1;
      } else {
        this.breaker?.settle(event.permit, event.fails ? "failure" : "success", event.at);
        this.note(event.at);
      }
    }
    this.service.isSick(duration);
    this.sick = this.service.sickSpans();
    return this;
  }

  /** Makes a call. Returns its end. */
  call({ at, number }) {
    const { fails, takes } = this.answer(number, at);
    const isBad = fails || takes >= this.slowFrom;
    const asked = this.breaker?.ask(at) ?? { permit: null };
    this.note(at);
    const isRejected = asked.permit === undefined;
    const kind = isRejected ? REJECTED : fails ? FAILED : SUCCEEDED;
    const isProbe = asked.permit?.isProbe ?? false;
    const isSick = this.service.isSick(at);
    this.calls.push({ at, end: isRejected ? at : at + takes, takes, kind, isBad, isProbe, isSick });
    if (isRejected) return at;
    this.service.reach(at);
    this.events.push({ at: at + takes, isCall: 0, number, permit: asked.permit, fails });
    return at + takes;
  }

  /** Notes a change of the breaker's state. */
  note(at) {
    const state = this.breaker?.state ?? "closed";
    if (state !== this.changes.at(-1).state) this.changes.push({ state, at });
  }
}

/** Plays the traffic through a breaker of this tuning, or through none. */
export const play = (settings, tuning) => new Run(settings, tuning).play();

/**
 * Counts a run, by the names of the replay. A rejected call is held against the answer that the
 * service would have given at that moment. A breaker is late from the end of the service's illness
 * on, which a replay does not know, until it is closed.
 */
export function count(run) {
  const { calls, changes, settings } = run;
  const rejected = calls.filter((call) => call.kind === REJECTED);
  const reached = calls.filter((call) => call.kind !== REJECTED);
  const saved = rejected.filter((call) => call.isBad);
  const numbers = {
    calls: calls.length,
    admitted: reached.length,
    rejected: rejected.length,
    reached_sick: reached.filter((call) => call.isSick).length,
    reached_failures: reached.filter((call) => call.isBad).length,
    saved_calls: saved.length,
    saved_ms: saved.reduce((sum, call) => sum + call.takes, 0),
    lost_calls: rejected.length - saved.length,
    waited_ms: reached.reduce((sum, call) => sum + Math.min(call.end, settings.duration) - call.at, 0),
    probes: reached.filter((call) => call.isProbe).length,
    trips: 0,
    reopened: 0,
    closes: 0,
    open_ms: 0,
    late_ms: 0,
    late_max_ms: 0,
    open_at_end: changes.at(-1).state !== "closed",
    first_trip: changes.find(({ state }) => state === "open")?.at,
  };
  let left = null;
  const end = (at) => {
    const sick = run.sick.filter(({ from }) => from < at).map(({ to }) => Math.min(to, at));
    const late = at - Math.max(left, ...sick);
    numbers.open_ms += at - left;
    numbers.late_ms += late;
    numbers.late_max_ms = Math.max(numbers.late_max_ms, late);
    left = null;
  };
  let before = "closed";
  for (const { state, at } of changes) {
    if (before === "closed" && state === "open") numbers.trips += 1;
    if (before === "half-open" && state === "open") numbers.reopened += 1;
    if (before === "half-open" && state === "closed") numbers.closes += 1;
    if (state !== "closed") left ??= at;
    else if (left !== null) end(at);
    before = state;
  }
  if (left !== null) end(settings.duration);
  return numbers;
}
