// Plays conformance cases on the simulator's state machine: those of `tests/conformance` that say
// nothing but what the machine knows. `tests/conformance` plays all of them on the crate.

import { Machine } from "/simulator/machine.js";

/** A case is not about what the machine knows. */
class Other extends Error {}

/** The choices of the crate, where other suites differ. */
const CHOICES = new Set(
  "eval:fail cmp:ge full:min edge:incl bucket:aligned reopen:first permit:inflight extra:reject late:drop ignored:neutral panic:failure read:lazy stats:keep lost:reprobe".split(" "),
);
const HEADER = new Set("t src kind sem policy threshold rate min window cooldown probes close_after probe_timeout ignore name".split(" "));
const STATES = { closed: "closed", open: "open", half_open: "half-open" };
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const FOREVER = 2 ** 40;

const must = (value) => {
  if (!value) throw new Other();
  return value;
};

function duration(text) {
  const [, number, unit] = must(text.match(/^(\d+)(ms|s|m|h)$/));
  return Number(number) * UNITS[unit];
}

/** Reads `key=value` and `key="some words"`. */
function header(text) {
  const found = {};
  for (const [, key, quoted, plain] of text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)) {
    must(HEADER.has(key));
    found[key] = quoted ?? plain;
  }
  must((found.sem ?? "").split(",").filter(Boolean).every((choice) => CHOICES.has(choice)));
  return found;
}

/** What a case does not say is as the format has it. */
function tuning({ policy = "consecutive", threshold = "1", rate, min = "1", window, cooldown = "1000ms", probes = "1", close_after = probes, probe_timeout }) {
  const made = { probes: Number(probes), success_threshold: Number(close_after), min_calls: Math.max(1, Number(min)) };
  if (policy === "consecutive") made.threshold = Number(threshold);
  else if (policy === "count") made.failure_count = Number(threshold);
  else if (policy === "rate") made.failure_rate = Number(must(rate));
  else throw new Other();
  const [, kind, size] = window === "all" || !window ? [] : must(window.match(/^(count|time):(\w+)(?:\/10)?$/));
  // A window that only measures.
  made.window = kind === "time" ? { time: duration(size) } : { calls: Number(size ?? 1000) };
  const [, base, factor, most] = must(cooldown.match(/^(?:exp:)?(\w+?)(?:x([\d.]+))?(?:,(\w+))?$/));
  made.cooldown = must(duration(base));
  if (factor) made.backoff = Number(factor);
  if (most) made.cooldown_max = duration(most);
  made.probe_timeout = probe_timeout ? duration(probe_timeout) : FOREVER;
  return made;
}

class Player {
  constructor(head) {
    this.machine = new Machine(tuning(head));
    this.ignored = (head.ignore ?? "").split("|");
    this.permits = new Map();
    this.now = 0;
    this.executed = 0;
    this.transitions = [];
    this.before = "closed";
  }

  note() {
    const { state } = this.machine;
    if (state !== this.before) this.transitions.push(`${this.before}>${state}`.replaceAll("-", "_"));
    this.before = state;
  }

  settle(permit, outcome) {
    this.machine.settle(permit, outcome, this.now);
    this.note();
  }

  outcome(kind, label) {
    if (kind === "S") return "success";
    return kind === "I" || (kind === "F" && this.ignored.includes(label)) ? "ignored" : "failure";
  }

  ask() {
    const { permit } = this.machine.ask(this.now);
    this.admitted = permit !== undefined;
    this.note();
    return permit;
  }

  /** Makes a whole call. */
  call(outcome, takes, mayBeRejected) {
    const permit = this.ask();
    if (!permit && !mayBeRejected) return "was rejected";
    if (!permit) return "";
    this.executed += 1;
    this.now += takes;
    this.settle(permit, outcome);
    return "";
  }

  /** Does an action. Returns what is wrong with it. */
  act(action) {
    let found;
    if ((found = action.match(/^\+(\d+)$/))) {
      this.now += Number(found[1]);
    } else if ((found = action.match(/^(call(?:=)?)?([SFIP])?(?::(\w+))?(?:@(\d+))?(?:\*(\d+))?$/)) && action) {
      const [, call, kind = "S", label, takes = "0", repeats = "1"] = found;
      for (let at = 0; at < Number(repeats); at += 1) {
        const wrong = this.call(this.outcome(kind, label), Number(takes), call !== undefined);
        if (wrong) return wrong;
      }
    } else if ((found = action.match(/^(start|try)\((\w+)\)$/))) {
      const permit = this.ask();
      if (permit) this.permits.set(found[2], permit);
      else if (found[1] === "start") return "was rejected";
    } else if ((found = action.match(/^end\((\w+),([SFIP])(?::(\w+))?(?:@(\d+))?\)$/))) {
      const [, name, kind, label, takes = "0"] = found;
      this.now += Number(takes);
      this.settle(must(this.permits.get(name)), this.outcome(kind, label));
    } else {
      must(action === "poll" && this.machine.show(this.now));
    }
    return "";
  }

  measure(name) {
    const { state, window, consecutive, rejections, late, cooldown, remaining } = this.machine.show(this.now);
    const [calls, failures] = window;
    const hasRate = state !== "half-open" && calls >= this.machine.tuning.min_calls;
    if (name === "cooldown") must(state === "open");
    if (name === "c.consec") must(state === "closed");
    if (name === "executed") must(this.permits.size === 0);
    const known = { "c.total": calls, "c.fail": failures, "c.ok": calls - failures, "c.rate": hasRate ? failures / calls : null, "c.consec": consecutive, "c.rej": rejections, "c.late": late, executed: this.executed, cooldown, remaining: remaining ?? 0 };
    must(name in known);
    return known[name];
  }

  /** Checks a claim. Returns what is found in its place. */
  check(claim) {
    const { state } = this.machine;
    if (claim in STATES) return state === STATES[claim] ? "" : state;
    if (claim === "allowed" || claim === "rejected") return this.admitted === (claim === "allowed") ? "" : "the opposite";
    if (claim.startsWith("ev=")) {
      const found = `ev=${this.transitions.join() || "-"}`;
      return found === claim ? "" : found;
    }
    const [, name, sign, wanted] = must(claim.match(/^([\w.]+)(<=|>=|=|<|>)([\w.]+)$/));
    const found = this.measure(name);
    if (wanted === "none") return found === null ? "" : `${found}`;
    const apart = found - Number(wanted);
    const holds = { "=": Math.abs(apart) < 0.005, "<": apart < 0, ">": apart > 0, "<=": apart <= 0, ">=": apart >= 0 };
    return found !== null && holds[sign] ? "" : `${found}`;
  }
}

/** Plays a case. Returns what is wrong, or nothing. */
function play([head, ...steps]) {
  const player = new Player(header(head));
  for (const step of steps) {
    const [actions, claims = ""] = step.split("->").map((part) => part.trim());
    for (const action of actions.split(/\s+/).filter(Boolean)) {
      const wrong = player.act(action);
      if (wrong) return `${action} ${wrong}`;
    }
    for (const claim of claims.split(/\s+/).filter(Boolean)) {
      const found = player.check(claim);
      if (found) return `in "${step}", ${claim} is ${found}`;
    }
  }
  return "";
}

/** Plays the cases of a text. Returns the names of those that it has played, and the faults. */
export function playCases(text) {
  const [played, faults] = [[], []];
  for (const line of text.split("\n").filter((line) => line.startsWith("case "))) {
    const [, name] = line.split(" ");
    try {
      const fault = play(line.slice(5 + name.length).split(" ; "));
      played.push(name);
      if (fault) faults.push(`${name}: ${fault}`);
    } catch (error) {
      if (!(error instanceof Other)) throw error;
    }
  }
  return { played, faults };
}
