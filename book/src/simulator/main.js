// Puts the simulator into the page: its elements, and what happens when a setting changes.

import { GROUPS, CONTROLS, PRESETS, attributeOf, fragmentOf, read, tuningOfMachine } from "./controls.js";
import { draw } from "./draw.js";
import { count, play } from "./world.js";

/** Makes an element. Text is set as text, never as markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** Writes a time for people: `350 ms`, `1.7 s`, `14 min`, `2.5 h`. */
function spoken(time) {
  const short = (value) => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
  if (time < 1000) return `${Math.round(time)} ms`;
  if (time < 120_000) return `${short(time / 1000)} s`;
  return time < 2 * 3_600_000 ? `${short(time / 60_000)} min` : `${short(time / 3_600_000)} h`;
}

const grouped = new Intl.NumberFormat("en");
const many = (number, word) => `${grouped.format(number)} ${word}${number === 1 ? "" : "s"}`;

/** Returns the numbers below the picture: name, value, meaning, and the value without a breaker. */
function figures(now, bare) {
  const late = now.open_at_end && now.closes === 0 ? "never" : spoken(now.late_ms);
  return [
    ["reached_sick", grouped.format(now.reached_sick), "calls reached the sick service", `${grouped.format(bare.reached_sick)} without a breaker`],
    ["saved_ms", spoken(now.saved_ms), "of waiting saved", `by ${many(now.saved_calls, "call")} that would have failed`],
    ["lost_calls", grouped.format(now.lost_calls), "healthy calls rejected", `of ${grouped.format(now.rejected)} rejected`],
    ["late_ms", now.trips === 0 ? "–" : late, "until it closed, once the service was well", `${many(now.probes, "probe")}, ${grouped.format(now.reopened)} failed`],
  ];
}

/** Says in words what the picture shows. */
function words(now, bare, { begins }) {
  const first = now.first_trip - begins;
  const when = `${spoken(Math.abs(first))} ${first < 0 ? "before" : "after"} the outage began`;
  const times = now.trips > 1 ? ` for the first of ${now.trips} times` : "";
  const opened = now.trips === 0 ? "The breaker stayed closed." : `The breaker opened${times} ${when}.`;
  const reached = `${grouped.format(now.reached_sick)} of ${many(now.calls, "call")} reached the sick service; without a breaker ${grouped.format(bare.reached_sick)} of ${grouped.format(bare.calls)}.`;
  if (now.trips === 0) return `${opened} ${reached}`;
  const price = `It saved ${spoken(now.saved_ms)} of waiting, and rejected ${many(now.lost_calls, "call")} that would have succeeded.`;
  const closed = `closed again ${spoken(now.late_max_ms)} after the service was well${now.trips > 1 ? ", at worst" : ""}`;
  const end = `It was ${now.open_at_end ? "not closed at the end" : now.late_max_ms ? closed : "closed again while the service was still sick"}.`;
  return `${opened} ${reached} ${price} ${end}`;
}

/** Puts a text into the clipboard; where that is not allowed, selects it for the reader to copy. */
async function copy(text, shown, status) {
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = "Copied";
  } catch {
    shown.hidden = false;
    shown.textContent = text;
    getSelection().selectAllChildren(shown);
    status.textContent = "Selected: copy it with your keyboard";
  }
}

class Simulator {
  constructor(root) {
    this.root = root;
    this.inputs = new Map();
    Object.assign(this, read(location.hash));
    this.build();
    this.fill();
    this.render();
    this.root.dataset.ready = "";
    this.root.ariaBusy = "false";
    // A link to a heading of the page says nothing about settings.
    addEventListener("hashchange", () => location.hash.includes("=") && this.load(read(location.hash)));
    for (const button of document.querySelectorAll(".sim-try")) {
      button.addEventListener("click", () => this.choose(read(button.dataset.settings), true));
    }
    new ResizeObserver(() => this.paint()).observe(this.picture);
  }

  build() {
    const status = element("span", { role: "status", class: "sim-status" });
    this.picture = element("div", { class: "sim-picture", role: "img", "aria-label": "Time line of the outage, told in words below" });
    this.says = element("p", { class: "sim-says", "aria-live": "polite" });
    this.numbers = element("dl", { class: "sim-numbers" });
    this.attribute = element("code", { tabindex: 0, "aria-label": "The attribute with these numbers" });
    this.link = element("p", { class: "sim-link", hidden: true });
    this.presets = PRESETS.map((preset) =>
      element("button", { type: "button", "data-preset": preset.id, onclick: () => this.choose({ preset, settings: { ...preset.settings } }) }, preset.title),
    );
    const share = () => {
      this.keep();
      copy(location.href, this.link, status);
    };
    const paste = () => copy(this.attribute.textContent, this.attribute, status);
    const legend = [["succeeded", "succeeded"], ["failed", "failed or slow"], ["rejected", "rejected"]];
    const controls = element("form", { class: "sim-controls" }, ...GROUPS.map((group) => this.group(group)));
    controls.addEventListener("submit", (event) => event.preventDefault());
    this.root.replaceChildren(
      element("div", { class: "sim-presets", role: "group", "aria-label": "Presets" }, ...this.presets),
      element(
        "figure",
        {},
        this.picture,
        element("figcaption", {}, ...legend.map(([kind, text]) => element("span", { class: kind }, text))),
      ),
      this.says,
      this.numbers,
      element("div", { class: "sim-line" }, element("pre", {}, this.attribute), element("button", { type: "button", onclick: paste }, "Copy")),
      element("div", { class: "sim-share" }, element("button", { type: "button", onclick: share }, "Copy a link to these settings"), status),
      this.link,
      controls,
    );
  }

  group({ title, controls }) {
    return element("fieldset", {}, element("legend", {}, title), ...controls.map((control) => this.control(control)));
  }

  control(control) {
    const { key, name = key, unit = "", words, values, why } = control;
    const id = `sim-${key}`;
    const input = words
      ? element("select", { id }, ...Object.entries(words).map(([value, text]) => element("option", { value }, text)))
      : element("input", { id, type: "range", min: 0, max: values.length - 1, step: 1 });
    const shown = element("output", { for: id });
    const note = element("small", {}, unit);
    const row = element("div", { class: "sim-control" }, element("label", { for: id }, element("b", {}, name), " ", note), shown, input);
    input.addEventListener("input", () => {
      this.settings[key] = words ? input.value : values[input.value];
      this.changed();
    });
    this.inputs.set(key, { control, input, shown, note, row, unit, why });
    return row;
  }

  /** Takes over settings, and brings the picture into view if they were chosen further down. */
  choose(chosen, isBelow = false) {
    Object.assign(this, chosen);
    this.changed();
    if (isBelow) this.root.scrollIntoView();
  }

  load({ preset, settings }) {
    Object.assign(this, { preset, settings });
    this.fill();
    this.render();
  }

  /** Shows the settings in their controls. */
  fill() {
    for (const { control, input, shown, note, row, unit, why } of this.inputs.values()) {
      const { key, words, values, off, show = String } = control;
      const value = this.settings[key];
      const isOn = control.if?.(this.settings) ?? true;
      const text = value === null ? off : show(value);
      input.value = words ? value : values.indexOf(value);
      input.disabled = !isOn;
      row.hidden = !isOn && !why;
      note.textContent = isOn || !why ? unit : why;
      shown.textContent = words ? "" : text;
      if (!words) input.setAttribute("aria-valuetext", value === null ? off : `${text} ${unit}`);
    }
    for (const button of this.presets) button.setAttribute("aria-pressed", button.dataset.preset === this.preset.id);
  }

  /** Draws with the next frame, however many settings change before it, and keeps the address. */
  changed() {
    this.fill();
    this.root.ariaBusy = "true";
    this.frame ??= requestAnimationFrame(() => this.render());
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), 300);
  }

  /** Writes the settings into the address. */
  keep() {
    clearTimeout(this.keeping);
    if (this.frame) this.render();
    history.replaceState(history.state, "", `#${fragmentOf(this.settings, this.preset)}`);
    this.root.ariaBusy = "false";
  }

  /** Plays the settings. The run without a breaker is kept until the world changes. */
  render() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    const { settings, preset } = this;
    const tuning = tuningOfMachine(settings);
    const isBreaker = ({ key }) => key !== "timeout" && GROUPS[0].controls.some((control) => control.key === key);
    const world = JSON.stringify([tuning.slow_call, ...CONTROLS.filter((it) => !isBreaker(it)).map(({ key }) => settings[key])]);
    if (world !== this.world) {
      this.world = world;
      this.bare = play(settings, null);
      this.bareNumbers = count(this.bare);
    }
    this.run = play({ ...settings }, tuning);
    const now = count(this.run);
    this.paint();
    this.numbers.replaceChildren(
      ...figures(now, this.bareNumbers).map(([name, value, meaning, beside]) =>
        element("div", { "data-number": name }, element("dt", {}, meaning, element("small", {}, beside)), element("dd", {}, value)),
      ),
    );
    this.attribute.textContent = attributeOf(settings, preset.id);
    // A screen reader hears the last of many changes.
    clearTimeout(this.saying);
    this.saying = setTimeout(() => (this.says.textContent = words(now, this.bareNumbers, settings)), this.says.textContent ? 400 : 0);
  }

  paint() {
    const width = Math.floor(this.picture.clientWidth);
    if (width > 0 && this.run) this.picture.innerHTML = draw(this.run, this.bare, width);
  }
}

const root = document.querySelector("#simulator");
if (root) new Simulator(root);
