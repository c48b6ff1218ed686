"use strict";
// The states, the worst first.
const STATES = { "open": "Open", "half-open": "Half-open", "isolated": "Held open", "observing": "Observing", "disabled": "Disabled", "closed": "Closed" };
const RANKS = Object.keys(STATES);
// The server sends something each second.
const SILENCE = 5000;
const base = location.pathname.replace(/\/*$/, "/");

// Elements. Data from the server become text and never markup; names stand in <bdi>.
const $ = (selector, root = document) => root.querySelector(selector);
function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
const bdi = text => make("bdi", {}, text);
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const show = (node, yes) => { node.hidden = !yes; };
function say(node, ...parts) {
  const fresh = make("p", {}, ...parts);
  if (fresh.textContent !== node.textContent) node.replaceChildren(...fresh.childNodes);
}

// Numbers in words.
const { format } = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const number = value => format(value < 10 ? value : Math.round(value));
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;
const percent = share => `${number(share * 100)}%`;
// As in ISO 8601.
// Before ten o'clock the hour has one digit.
const clock = ms => new Date(ms).toLocaleString("sv", { timeZoneName: "short" }).replace(/ (\d:)/, " 0$1");
const UNITS = [[864e5, "d"], [36e5, "h"], [6e4, "min"], [1e3, "s"], [1, "ms"]];
function span(ms) {
  const at = UNITS.findIndex(([size]) => ms >= size), [size, unit] = UNITS[at] ?? [1, "s"], [less, small] = UNITS[at + 1] ?? [];
  const rest = size > 1000 && Math.floor(ms % size / less);
  return ms > 1e18 ? "for ever" : `${Math.max(0, Math.floor(ms / size))} ${unit}${rest ? ` ${rest} ${small}` : ""}`;
}
const recent = ({ calls, ms }) => calls ? `the last ${number(calls)} calls` : span(ms);

const ticks = () => performance.now();

// The known state. Every moment is by the server's clock.
// Breakers.
let records = new Map();
// The breakers of a list that is still coming.
let coming = null;
// Names. Each has a tile, for its own breaker or for the breakers of its keys.
let items = new Map();
let registry = {}, page = {}, said = 0, heard = 0, lost = null, changed = false, moved = false;
const now = () => said + (lost ? 0 : Math.min(ticks() - heard, SILENCE));
const identity = ({ name, key }) => JSON.stringify([name, key]);

function learn(part) {
  const known = coming ?? records, id = identity(part), { counts = [], item = {} } = records.get(id) ?? {};
  if (!known.has(id)) {
    if (!part.config) return;
    known.set(id, { counts, item });
    changed = true;
  }
  const { rejections } = Object.assign(known.get(id), part);
  if (counts.at(-1)?.[1] > rejections) counts.length = 0;
  counts.push([said, rejections]);
  while (counts[1]?.[0] < said - 5000) counts.shift();
  touch(item);
  touch(items.get(part.name));
}
const HEAR = {
  page(news) { page = news; },
  list({ first, last, breakers }) {
    if (first) coming = new Map();
    breakers.forEach(learn);
    if (!last || !coming) return;
    [records, coming, lost, changed] = [coming, null, null, true];
    second();
  },
  tick(news) {
    news.changed.forEach(learn);
    for (const who of news.gone) changed = (coming ?? records).delete(identity(who)) || changed;
  },
  transition({ transition, breaker, name, key }) {
    const record = (coming ?? records).get(identity({ name, key }));
    if (!record || record.last?.id >= transition.id) return;
    learn({ name, key, last: transition, ...breaker });
    if (shown?.name === name) ask();
  },
};
/** Gives each breaker to the item of its name. */
function index() {
  const old = items;
  items = new Map();
  for (const record of records.values()) {
    const { name, key, path, item: alone } = record;
    if (!items.has(name)) items.set(name, Object.assign(old.get(name) ?? {}, { name, members: [], byKey: false }));
    const item = items.get(name);
    item.path = key == null ? path : path.slice(0, path.lastIndexOf("/"));
    item.byKey ||= key != null;
    item.members.push(record);
    touch(item);
    touch(Object.assign(alone, { name, key, path, members: [record] }));
  }
  [changed, moved] = [false, true];
  route();
}

// The stream of events. EventSource would send no headers.
async function listen() {
  const stop = new AbortController(), wake = () => { alive = ticks(); };
  let why = "The server does not answer.", rest = "", alive;
  wake();
  const watch = setInterval(() => { if (ticks() - alive > SILENCE) stop.abort(); }, 500);
  try {
    const { ok, status, body } = await fetch(`${base}events`, { signal: stop.signal });
    if (!ok) throw why = status === 503 ? "Too many are watching (503)." : `The server answers ${status}.`;
    const text = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part; !(part = await text.read()).done; wake()) {
      const events = (rest + part.value).split(/\r?\n\r?\n/);
      rest = events.pop();
      events.forEach(hear);
    }
  } catch { /* It is lost, whatever it was. */ }
  clearInterval(watch);
  stop.abort();
  const tries = (lost?.tries ?? 0) + 1, wait = Math.min(250 * 2 ** tries, 10000) * (0.75 + Math.random() / 2);
  lost = { why, tries, next: ticks() + wait, timer: setTimeout(again, wait) };
  coming = null;
  second();
}
function again() {
  if (!lost?.timer) return;
  clearTimeout(lost.timer);
  lost.timer = 0;
  listen();
}
function hear(event) {
  const field = name => RegExp(`^${name}: ?([^\r\n]*)`, "m").exec(event)?.[1], type = HEAR[field("event")];
  if (!type) return;
  const news = JSON.parse(field("data"));
  [said, heard, registry] = [news.now_ms ?? said, ticks(), news.registry ?? registry];
  type(news);
  schedule();
}

// Drawing: each tile once, and after that only tiles in sight; at most 8 ms in a frame.
const fresh = new Set(), dirty = new Set(), inSight = new Set();
let framed = false;
function touch(item) {
  if (!item?.members) return;
  fresh.add(item);
  if (item === shown) fresh.add(large);
  schedule();
}
function schedule() {
  // A hidden tab has no frames, but its title is visible.
  if (!framed) document.hidden ? setTimeout(frame) : requestAnimationFrame(frame);
  framed = true;
}
const sight = new IntersectionObserver(entries => {
  for (const { target: { item }, isIntersecting } of entries) {
    inSight[isIntersecting ? "add" : "delete"](item);
    if (isIntersecting) touch(item);
  }
}, { rootMargin: "150px" });
function frame() {
  framed = false;
  const end = ticks() + 8;
  if (changed) index();
  for (const item of fresh) {
    judge(item);
    if (inSight.has(item) || item === large) dirty.add(item);
  }
  fresh.clear();
  if (moved) arrange();
  for (const item of dirty) {
    dirty.delete(item);
    draw(item);
    // At least one tile a frame: the work before may take all of the time.
    if (ticks() > end && dirty.size) return schedule();
  }
}
function second() {
  inSight.forEach(touch);
  touch(shown);
  put($("#live"), lost ? "not live" : said ? `live, ${clock(now())}` : "");
  document.body.classList.toggle("stale", lost && said);
  show($("#lost"), lost);
  document.title = (lost ? "(lost) " : "") + title;
  if (!lost) return;
  const [why, rest] = $("#lost").children, left = Math.ceil((lost.next - ticks()) / 1000);
  put(why, lost.why);
  put(rest, `${said ? `You see how it stood at ${clock(said)}, ${span(ticks() - heard)} ago. ` : ""}${
    left > 0 ? `Next try in ${left} s.` : "Trying again."}`);
}

/** Finds the worst breaker of an item, which decides the item's place. */
function judge(item) {
  const count = {};
  let level = 9, began = 0;
  for (const { state, outage, since_ms } of item.members) {
    count[state] = (count[state] ?? 0) + 1;
    // A short probe moves no tile.
    const its = state === "half-open" && now() - since_ms < 9000 ? 0 : outage && state === "closed" ? 2.5 : RANKS.indexOf(state);
    const since = its < 3 ? outage?.since_ms ?? since_ms : 0;
    if (its < level || (its === level && since < began)) [level, began] = [its, since];
  }
  const order = JSON.stringify([level, began, count]);
  moved ||= order !== item.order;
  Object.assign(item, { order, count, level, began, state: RANKS.find(state => count[state]) });
}
function search(some, input) {
  const words = input.value.toLowerCase().split(/\s+/);
  return some.filter(({ name, state, members }) => {
    const text = [name, ...members.map(its => its.key), `is:${state}`].join(" ").toLowerCase();
    return words.every(word => text.includes(word));
  }).sort((a, b) => a.level - b.level || a.began - b.began || (a.path < b.path ? -1 : 1));
}
function place(list, wanted) {
  const focused = document.activeElement;
  let next = list.firstChild;
  for (const item of wanted) {
    if (!item.node) {
      sight.observe(item.node = make("li", { className: "tile", item }));
      dirty.add(item);
    }
    if (item.node === next) next = next.nextSibling;
    else list.insertBefore(item.node, next);
  }
  while (list.children.length > wanted.length) list.lastChild.remove();
  if (document.activeElement !== focused) focused.focus({ preventScroll: true });
}
function arrange() {
  moved = false;
  const all = [...items.values()], box = $("#search"), found = search(all, box);
  for (const [id, wanted] of [["#unwell", found.filter(its => its.level < 3)], ["#well", found.filter(its => its.level >= 3)]]) {
    show($(id), wanted.length);
    place($("ul", $(id)), wanted);
  }
  show($("#none"), said && !found.length);
  put($("#none"), all.length ? "Nothing matches." : "A breaker is made at the first call of its function.");
  if (shown?.byKey) place($("#keys ul"), search(shown.members.map(its => its.item), $("#narrow")));
  for (const chip of $("#chips").children) {
    const count = all.filter(its => its.state === chip.name).length, isOn = box.value === chip.value;
    put(chip.lastChild, number(count));
    chip.ariaPressed = isOn;
    show(chip, count || isOn);
  }
  sentence(all);
}
function sentence(all) {
  const by = state => all.filter(its => its.count[state]), present = RANKS.filter(state => by(state).length), [worst] = present;
  const listed = (state, most) => by(state).flatMap((item, at) => at > most ? [] : at === most ? ` and ${by(state).length - most} more`
    : [at ? ", " : "", make("a", { href: `#${item.path}` }, bdi(item.name)), item.byKey ? ` (${number(item.count[state])} of ${plural(item.members.length, "key")})` : ""]);
  const bad = RANKS.indexOf(worst) < 3 && by(worst).length, many = plural(all.length, "breaker");
  document.body.dataset.state = bad ? worst : "closed";
  say($("#sentence"), ...bad ? [make("b", {}, `${bad} of ${many}`), ` ${bad > 1 ? "are" : "is"} ${STATES[worst].toLowerCase()}: `, ...listed(worst, 6)]
    : [`All ${many} let calls pass`]);
  say($("#more"), worst === "open" ? "Open or held open: calls are rejected. " : "",
    ...present.slice(bad ? 1 : 0).flatMap(state => state === "closed" ? [] : [`${STATES[state]}: `, ...listed(state, 3), ". "]));
  title = (worst === "open" ? `(${bad} open) ` : "") + "Circuit breakers";
  const kinds = Object.keys(registry).filter(kind => registry[kind].length);
  show($("#faults"), kinds.length);
  put($("summary"), kinds.map(kind => `${kind.replace("_", " ")}: ${registry[`${kind}_count`]}`).join(", "));
  say($("#faults ul"), ...kinds.flatMap(kind => registry[kind].map(text => make("li", {}, text))));
}
let title = document.title;

// A tile.
const means = ({ state, cooldown_ends_ms: end, probes_in_flight, observed_rejections, outage }) => ({
  "open": end == null ? "Calls are rejected until a reset" : end > now() ? "Calls are rejected" : "The next call is a probe",
  "half-open": `Trying the service: ${plural(probes_in_flight, "probe")} under way`,
  "isolated": "Calls are rejected until a reset",
  "observing": `Calls pass, ${number(observed_rejections)} would have been rejected`,
  "disabled": "Calls pass, none is counted",
  "closed": outage ? "Calls pass again" : "Calls pass",
})[state];
function why({ reason, to, figures, cooldown_ms }, config) {
  const rate = (share, limit, what) => `${share == null ? "Too many" : percent(share)} of the calls ${what}, limit ${percent(limit)}`;
  switch (reason) {
    case "consecutive failures": return `${plural(config.threshold, "failure")} in a row`;
    case "failure rate": return rate(figures?.failure_rate, config.failure_rate, "failed");
    case "slow call rate": return rate(figures?.slow_rate, config.slow_rate, "were slow");
    case "failure count": return `${plural(config.failure_count, "failure")} in ${recent(config.window)}`;
    case "cooldown extended": return `Now for ${span(cooldown_ms)} more`;
    case "manual": return `${STATES[to]} by hand`;
    case "told by a peer": return to === "closed" ? "Others have closed it" : "Others have tripped";
    default: return reason[0].toUpperCase() + reason.slice(1);
  }
}
const WITH = { host: "other processes of this host", fleet: "the fleet" };
const ROLES = { suspicious: "another one has tripped, so its next failure opens it", voter: "open by its own calls alone", prober: "it probes for all", alone: "it does not hear the others" };
/** Who shares a breaker, what it does for the others and they for it. */
function sharing({ scope, role, votes, quorum, holder }) {
  const facts = [ROLES[role], votes > 0 && `${votes} of the ${quorum} domains that open it for all ${votes > 1 ? "have" : "has"} tripped`,
    holder != null && make("span", {}, bdi(holder), " probes")].filter(Boolean);
  return scope ? [`Shared with ${WITH[scope] ?? scope}`, ...facts.flatMap((fact, at) => [at ? "; " : ": ", fact]), "."] : [];
}
/** Counts and rates, each with words, share and limit; the one nearest to its limit comes first. */
function gauges({ state, config, calls, failures, ...its }) {
  const rate = (limit, share, count, what) => limit && [`${share == null ? number(count) : percent(share)} of ${plural(calls, "call")} ${what}, ${
    share == null ? `judged from ${config.min_calls} on` : `opens at ${percent(limit)}`}`, share ?? 0, limit, "Line: limit"];
  const count = (limit, count, what) => limit && [`${number(count)} of ${number(limit)} ${what}`, count / limit, 1, "Full: limit"];
  if (state === "half-open") return [count(config.success_threshold, its.probe_successes, "successes to close")];
  // In other states the reason has said it.
  if (!/closed|observing/.test(state)) return [];
  return [
    count(config.threshold, its.consecutive_failures, "failures in a row"),
    rate(config.failure_rate, its.failure_rate, failures, "failed"),
    rate(config.slow_rate, its.slow_rate, its.slow_calls, "slow"),
    count(config.failure_count, failures, "failures in the window"),
  ].filter(Boolean).sort((a, b) => b[1] / b[2] - a[1] / a[2]);
}
function gauge(node, [words = "", part, limit, title = ""] = []) {
  show(node, words);
  const [text, bar] = node.children, [fill, line] = bar.children;
  put(text, words);
  fill.style.width = `${Math.min(100, part * 100)}%`;
  line.style.left = `${limit * 100}%`;
  show(line, limit < 1 && limit !== part);
  bar.title = title;
  bar.className = `bar ${part >= limit ? "full" : part >= limit / 2 ? "warm" : ""}`;
}
function pace({ members }) {
  let rate = 0, total = 0;
  const from = now() - 5000;
  for (const { counts, rejections } of members) {
    const [at, count] = counts.findLast(([at]) => at <= from) ?? counts[0];
    rate += (rejections - count) / Math.max(1, (now() - Math.max(at, from)) / 1000);
    total += rejections;
  }
  return total ? `${number(rate)} rejected/s, ${number(total)} total` : "";
}
/** Draws ten minutes: the state of one breaker, or the number of breakers in each state. */
function strip({ members }, svg) {
  const begin = now() - 600_000, moves = [[600]], count = {}, paths = {};
  for (const { strip } of members) {
    strip.forEach(([ms, state], at) => moves.push([Math.max(0, Math.round((ms - begin) / 1000)), state, strip[at - 1]?.[1]]));
  }
  let x = 0;
  for (const [next, to, from] of moves.sort(([a], [b]) => a - b)) {
    let y = 20;
    for (const state of next > x ? RANKS : []) {
      if (count[state]) paths[state] = `${paths[state] ?? ""}M${x} ${y}H${next}V${y = Math.max(0, y - Math.max(4, 20 * count[state] / members.length))}H${x}Z`;
    }
    x = Math.max(x, next);
    count[from]--;
    count[to] = (count[to] ?? 0) + 1;
  }
  RANKS.forEach((state, at) => svg.children[at + 1].setAttribute("d", paths[state] ?? ""));
}
function draw(item) {
  const { node, members, state, byKey, name, key, path } = item, [record] = members, { last, outage, config, cooldown_ms, cooldown_ends_ms: end } = record;
  if (!item.parts) {
    node.append($("#tile").content.cloneNode(true));
    item.parts = Object.fromEntries([...node.querySelectorAll("[class]")].map(part => [part.classList[0], part]));
    put($("bdi", node), key ?? name);
    $("a", node).href = `#${path}`;
  }
  // The breakers that have been in the state for longest come first.
  const { parts } = item, some = members.filter(its => its.state === state).sort((a, b) => a.since_ms - b.since_ms), [first] = some, more = some.length - 4, total = plural(members.length, "key"), left = Math.max(0, end - now());
  node.dataset.state = state;
  node.classList.toggle("part", some.length < members.length);
  show(parts.ring, !byKey && state === "open" && end);
  parts.left.style.strokeDashoffset = 1 - left / cooldown_ms;
  put(parts.ring.lastChild, left ? span(left) : "ready");
  const words = byKey ? {
    state: `${number(some.length)} of ${total} ${state}`,
    since: `for ${span(now() - first.since_ms)}`,
    why: some.slice(0, 4).map(its => its.shown.slice(name.length + 1)).join(", ") + (more > 0 ? ` and ${number(more)} more` : "") + (first.last ? `: ${why(first.last, first.config)}` : ""),
  } : {
    state: STATES[state],
    since: `for ${span(now() - record.since_ms)}`,
    means: means(record),
    why: (last ? why(last, config) : "No change seen yet") + (outage?.trips > 1 ? `. Opened ${number(outage.trips)}×, first ${span(now() - outage.since_ms)} ago` : ""),
  };
  for (const part in words) put(parts[part], words[part]);
  put(parts.rate, pace(item));
  const rejecting = members.filter(its => /^(open|isolated)/.test(its.state)).length, share = rejecting / members.length;
  gauge(parts.gauge, byKey ? [`${number(rejecting)} of ${total} reject calls`, share, share || 1] : gauges(record)[0]);
  if (item === large) facts();
  if (item.drawn > now() - 2000 && item.drawnAs === item.order) return;
  [item.drawn, item.drawnAs] = [now(), item.order];
  strip(item, $(".strip svg", node));
}

// One breaker, or the keys of a name.
const pane = $("#detail"), dialog = $("#ask"), form = $("form");
let shown = null, large = null;
function route() {
  const isAt = item => `#${item.path}` === location.hash;
  const item = [...items.values()].find(isAt) ?? [...records.values()].find(isAt)?.item ?? null;
  if (item === shown) return;
  shown = item;
  if (!item) return pane.close();
  large = Object.assign(Object.create(item), { node: make("li", { className: "tile" }), parts: null, drawn: 0 });
  say($("#name"), bdi(item.name), ...item.key == null ? [] : [" / ", bdi(item.key)]);
  $("#large").replaceChildren(large.node);
  $("#past").replaceChildren();
  $("#narrow").value = "";
  show($("#keys"), item.byKey);
  show($("#acts"), page.actions);
  if (!pane.open) pane.showModal();
  moved = true;
  touch(item);
  ask();
}
async function ask() {
  // The stream notices if the server is lost.
  const item = shown, answer = await fetch(base + item.path).catch(() => null);
  const { breaker } = answer?.ok ? await answer.json() : {};
  if (shown !== item || !breaker) return;
  $("#past").replaceChildren(...breaker.transitions.map(its => {
    const row = make("li", {}, make("time", {}, clock(its.at_ms)), make("b", {}, STATES[its.to]), why(its, breaker.config));
    row.dataset.state = its.to;
    return row;
  }));
}
function table(list, facts) {
  say(list, ...Object.entries(facts).flatMap(([what, value]) => value ? [make("dt", {}, what.replace(/_ms$/, "").replace("_", " ")),
    make("dd", {}, /_ms$/.test(what) ? span(value) : value.buckets || value.calls ? recent(value) : value.toLocaleString("en"))] : []));
}
const written = ({ settings }) => Object.entries(settings).map(pair => pair.join("=")).join(" ");
function facts() {
  const own = shown.members.find(its => its.key === (shown.key ?? null)), { config, override, place } = own ?? shown.members[0];
  table($("#config"), config);
  say($("#shared"), ...sharing(own?.shared ?? {}));
  const { rejections, observed_rejections, late_outcomes, totals: { probes, failures, calls } = {} } = own ?? {};
  table($("#totals"), { rejections, observed_rejections, late_outcomes, probes, ...calls,
    ...Object.fromEntries(Object.entries(failures ?? {}).map(([kind, count]) => [`failures: ${kind}`, count])) });
  put($("#place"), place ? `Declared at ${place}` : "Declared by no function");
  show($("#over"), override);
  put($("#over"), override ? `Tuned by hand, until the program ends: ${written(override)}. ${override.note ?? ""}` : "");
}

// Actions.
const ACTIONS = {
  "force-open": ["Hold open", "Calls are rejected until a reset."],
  "open-for": ["Open for a time", "Calls are rejected, then a probe passes.", "Time"],
  "observe": ["Observe", "Calls pass, whatever fails."],
  "disable": ["Disable", "Calls pass, and none is counted."],
  "reset": ["Reset", "It closes, and counts anew."],
  "override": ["Tune", "Holds until the program ends. Leave it empty to take it back.", "Settings, as in threshold=3 cooldown=1m"],
};
function consider(action) {
  const [word, effect, label = ""] = ACTIONS[action], { override } = shown.members[0];
  say($("#question"), `${word}: `, bdi(shown.key ?? shown.name));
  put($("p", form), effect + (shown.byKey ? ` This goes for ${plural(shown.members.length, "key")}.` : ""));
  show($("#value"), label);
  put($("#value span"), label);
  form.value.value = action === "open-for" ? "5m" : override ? written(override) : "";
  put($("#refused"), "");
  put(form.go, word);
  form.go.value = action;
  dialog.showModal();
}
form.onsubmit = async event => {
  if (event.submitter === form.no) return;
  event.preventDefault();
  const { go, note, value: { value } } = form, query = new URLSearchParams({ note: note.value });
  if (go.value === "open-for") query.set("time", value.trim());
  if (go.value === "override") for (const [, key, to] of value.matchAll(/(\w+)\s*=\s*"?([^\s",]+)/g)) query.set(key, to);
  go.disabled = true;
  const answer = await fetch(`${base}${shown.path}/${go.value}?${query}`, { method: "POST", headers: { "breakerbox-action": "1" } }).catch(() => null);
  go.disabled = false;
  if (answer?.ok) return dialog.close(), ask();
  const { detail, help = "" } = await answer?.json() ?? {};
  put($("#refused"), answer ? `Refused (${answer.status}): ${detail}. ${help}` : "The server does not answer.");
};

// The keyboard, and the start.
onkeydown = event => {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key], from = document.activeElement;
  if (event.ctrlKey || event.metaKey || event.altKey || from.matches("input") || dialog.open) return;
  const links = [...(pane.open ? pane : $("main")).querySelectorAll(".tile a")];
  const to = event.key === "/" ? $(pane.open ? "#narrow" : "#search") : way && links[Math.max(0, links.indexOf(from) + way)];
  if (!to) return;
  event.preventDefault();
  to.focus();
};
for (const state of RANKS) {
  const chip = make("button", { name: state, value: `is:${state}` }, STATES[state], make("b"));
  chip.onclick = () => { $("#search").value = chip.ariaPressed === "true" ? "" : chip.value; arrange(); };
  $("#chips").append(chip);
  const path = $(".strip path", $("#tile").content).cloneNode();
  $(".strip svg", $("#tile").content).append(path);
  chip.dataset.state = path.dataset.state = state;
}
for (const action in ACTIONS) $("#acts").append(make("button", { onclick: () => consider(action) }, ACTIONS[action][0]));
$("#search").oninput = $("#narrow").oninput = arrange;
$("#lost button").onclick = ononline = again;
$("#close").onclick = () => pane.close();
pane.onclose = () => { history.replaceState(null, "", location.pathname + location.search); route(); };
onhashchange = route;
document.onvisibilitychange = () => { framed = false; second(); };
setInterval(second, 1000);
listen();
