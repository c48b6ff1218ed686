// The simulator's settings: their sliders, their place in an address, and the attribute that they
// make. A setting is a number, a word, or `null` for off. Times are milliseconds.

const [S, MIN] = [1000, 60_000];
const range = (first, last, step = 1) =>
  Array.from({ length: Math.floor((last - first) / step + 1e-9) + 1 }, (_, at) => Math.round((first + at * step) * 100) / 100);
/** Times that people choose, from one to another. */
const times = (first, last) =>
  [1, 10, 100, 1000, 10_000]
    .flatMap((unit) => [1, 1.5, 2, 3, 4, 5, 6, 7, 8].map((by) => by * unit))
    .filter((time) => time < 10 * S && Number.isInteger(time))
    .concat([10, 12, 15, 20, 25, 30, 40, 45, 50].map((it) => it * S))
    .concat([1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((it) => it * MIN))
    .filter((time) => time >= first && time <= last);
const numbers = (last) =>
  [...range(1, 20), ...range(25, 50, 5), ...range(60, 100, 10), ...range(150, 500, 50), ...range(600, 1000, 100)].filter((it) => it <= last);

/** Writes a time as the attribute takes it. */
export const written = (time) =>
  time < S ? `${time}ms` : time < 2 * MIN ? `${time / S}s` : `${time % MIN ? Math.floor(time / MIN) + "m" + (time % MIN) / S + "s" : time / MIN + "m"}`;

const time = { show: written };
const percent = { show: (value) => `${value} %` };
const JUDGED = "needs failure_rate or failure_count";
const isJudged = (it) => it.failure_rate !== null || it.failure_count !== null;
const OFF = null;

/** The words of the choices. */
const SHAPES = {
  dead: "dead: every call fails",
  slow: "slow: every call succeeds, late",
  errors: "a share of the calls fails",
  flapping: "flapping: dead and well in turn",
  ramp: "dead, then better step by step",
  overload: "overload: recovers if left alone",
};
const hasShape = (...shapes) => (it) => shapes.includes(it.shape);

/**
 * Every setting: its key, its unit, and its values. `off`: what stands for `null`. `if`: it has an
 * effect; otherwise `why` says what it lacks, or the slider is hidden.
 */
export const GROUPS = [
  {
    title: "The breaker",
    controls: [
      { key: "threshold", unit: "failures in a row", values: [OFF, ...numbers(100)], off: "off" },
      { key: "failure_rate", unit: "share of failures in the window", values: [OFF, ...range(0.05, 1, 0.05)], off: "off" },
      { key: "failure_count", unit: "failures in the window", values: [OFF, ...numbers(500)], off: "off" },
      { key: "window_of", name: "window", unit: "of", words: { calls: "the last calls", time: "time" }, if: isJudged, why: JUDGED },
      { key: "window_calls", name: "window", unit: "calls", values: numbers(1000), if: (it) => isJudged(it) && it.window_of === "calls" },
      { key: "window_time", name: "window", unit: "time", values: times(S, 5 * MIN), ...time, if: (it) => isJudged(it) && it.window_of === "time" },
      { key: "min_calls", unit: "calls before a rate is judged", values: [OFF, ...numbers(500)], off: "default", if: isJudged, why: JUDGED },
      { key: "slow_call", unit: "from here on a call is slow", values: [OFF, ...times(10, MIN)], off: "off", ...time },
      { key: "timeout", unit: "a call is given up", values: [OFF, ...times(10, 2 * MIN)], off: "off", ...time },
      { key: "cooldown", unit: "open before a probe", values: times(100, 5 * MIN), ...time },
      { key: "backoff", unit: "each failed probe multiplies the cooldown", values: range(1, 4, 0.25) },
      { key: "cooldown_max", unit: "the longest cooldown", values: [OFF, ...times(S, 10 * MIN)], off: "off", ...time, if: (it) => it.backoff > 1, why: "needs backoff above 1" },
      { key: "probes", unit: "at once in half-open", values: numbers(50) },
      { key: "success_threshold", unit: "successful probes close it", values: numbers(50) },
    ],
  },
  {
    title: "The outage",
    controls: [
      { key: "shape", name: "shape", words: SHAPES },
      { key: "begins", unit: "after the start", values: [0, ...times(S, 5 * MIN)], ...time },
      { key: "lasts", unit: "", values: times(S, 5 * MIN), ...time },
      { key: "sick", name: "a sick answer", unit: "takes", values: times(1, 2 * MIN), ...time, if: (it) => it.shape !== "overload" },
      { key: "errors", unit: "of the calls fail", values: range(5, 100, 5), ...percent, if: hasShape("errors") },
      { key: "period", unit: "half of it dead, half well", values: times(S, MIN), ...time, if: hasShape("flapping") },
      { key: "ramp", name: "recovery", unit: "takes, after that", values: times(S, 3 * MIN), ...time, if: hasShape("ramp") },
      { key: "latency", name: "a healthy answer", unit: "takes, half to double", values: times(1, 30 * S), ...time },
      { key: "faults", name: "healthy faults", unit: "of all calls fail anyway", values: range(0, 20, 0.5), ...percent },
    ],
  },
  {
    title: "The callers",
    controls: [
      { key: "rate", name: "calls", unit: "a second", values: [0.1, 0.2, 0.5, ...numbers(20), ...range(30, 100, 10), 150, 200] },
      { key: "callers", unit: "each waits for its answer", values: [OFF, ...numbers(200)], off: "as many as it takes" },
      { key: "duration", unit: "of the picture", values: times(20 * S, 10 * MIN), ...time },
      { key: "seed", unit: "another draw of chance", values: range(1, 50) },
    ],
  },
];
export const CONTROLS = GROUPS.flatMap((group) => group.controls);

const LLM = {
  threshold: 5, failure_rate: OFF, failure_count: OFF, window_of: "time", window_calls: 100, window_time: 10 * S, min_calls: OFF,
  slow_call: 10 * S, timeout: 30 * S, cooldown: 20 * S, backoff: 1, cooldown_max: OFF, probes: 1, success_threshold: 1,
  shape: "dead", begins: 40 * S, lasts: 90 * S, sick: 15 * S, errors: 50, period: 20 * S, ramp: MIN, latency: 2 * S, faults: 0,
  rate: 2, callers: OFF, duration: 4 * MIN, seed: 1,
};

/** The settings to begin with, and the name in the attribute. */
export const PRESETS = [
  { id: "llm", title: "LLM API, 2 calls/s", settings: LLM },
  {
    id: "db", title: "database, 200 calls/s",
    settings: {
      ...LLM, threshold: OFF, failure_rate: 0.5, min_calls: 20, slow_call: OFF, timeout: 500, cooldown: 5 * S, backoff: 2, cooldown_max: 30 * S,
      probes: 3, success_threshold: 3, shape: "overload", begins: 20 * S, lasts: 20 * S, sick: 500, latency: 5, faults: 0.5, rate: 200, duration: 90 * S,
    },
  },
  {
    id: "tool", title: "command-line tool",
    settings: { ...LLM, threshold: 3, slow_call: OFF, timeout: 5 * S, cooldown: 10 * S, begins: 20 * S, lasts: 45 * S, sick: 5 * S, latency: 200, rate: 1, callers: 1, duration: 2 * MIN },
  },
];

/** Returns what the core's rules make of the settings: the tuning, with the attribute's keys. */
export function tuningOf(it) {
  const tuning = {};
  const set = (key, value) => value !== OFF && (tuning[key] = value);
  set("threshold", it.threshold);
  if (isJudged(it)) {
    const isOfCalls = it.window_of === "calls";
    const most = isOfCalls ? it.window_calls : Infinity;
    set("failure_rate", it.failure_rate);
    set("failure_count", it.failure_count && Math.min(it.failure_count, most));
    tuning.window = isOfCalls ? { calls: it.window_calls } : { time: it.window_time };
    set("min_calls", it.min_calls && Math.min(it.min_calls, most));
  }
  set("slow_call", it.slow_call);
  tuning.cooldown = it.cooldown;
  if (it.backoff > 1) {
    tuning.backoff = it.backoff;
    set("cooldown_max", it.cooldown_max && Math.max(it.cooldown_max, it.cooldown));
  }
  if (it.probes > 1) tuning.probes = it.probes;
  if (it.success_threshold > 1) tuning.success_threshold = it.success_threshold;
  return tuning;
}

/** Returns the tuning as the state machine takes it: a probe keeps its slot for the `timeout`. */
export function tuningOfMachine(it) {
  const probe_timeout = Math.max(it.cooldown, it.slow_call ?? 0, it.timeout ?? 0);
  return { ...tuningOf(it), probe_timeout };
}

/** Returns the attribute. */
export function attributeOf(it, name) {
  const { window, ...tuning } = tuningOf(it);
  const keys = [`name = "${name}"`];
  for (const [key, value] of Object.entries(tuning)) {
    const isTime = ["slow_call", "cooldown", "cooldown_max"].includes(key);
    // A float needs its point.
    const isFloat = ["failure_rate", "backoff"].includes(key) && Number.isInteger(value);
    keys.push(`${key} = ${isTime ? `"${written(value)}"` : isFloat ? value.toFixed(1) : value}`);
    if (window && key === (it.failure_count === OFF ? "failure_rate" : "failure_count")) {
      keys.push(`window = ${window.calls ?? `"${written(window.time)}"`}`);
    }
  }
  if (it.timeout !== OFF) keys.push(`timeout = "${written(it.timeout)}"`);
  return `#[circuit_breaker(${keys.join(", ")})]`;
}

/** Returns the settings as a fragment: the preset, and all that differs from it. */
export function fragmentOf(it, preset) {
  const changed = CONTROLS.filter(({ key }) => it[key] !== preset.settings[key]);
  return new URLSearchParams([["preset", preset.id], ...changed.map(({ key }) => [key, it[key] ?? "off"])]).toString();
}

/** Reads a fragment. A value that no slider has becomes the nearest one that it has. */
export function read(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const preset = PRESETS.find(({ id }) => id === given.get("preset")) ?? PRESETS[0];
  const settings = { ...preset.settings };
  for (const { key, words, values, off } of CONTROLS) {
    const text = given.get(key);
    if (text === null) continue;
    if (words) {
      if (Object.hasOwn(words, text)) settings[key] = text;
    } else if (text === "off") {
      if (off) settings[key] = OFF;
    } else if (text.trim() && Number.isFinite(Number(text))) {
      const wanted = Math.min(Number(text), values.at(-1));
      const far = (value) => (value === OFF ? Infinity : Math.abs(value - wanted));
      settings[key] = values.reduce((best, value) => (far(value) < far(best) ? value : best));
    }
  }
  return { preset, settings };
}
