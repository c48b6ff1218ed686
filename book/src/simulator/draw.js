// The picture of a run, as the text of an SVG: the service's health, the breaker's state, the calls
// over time, and the callers that wait. Colours are those of `style.css`.

import { FAILED, REJECTED, SUCCEEDED } from "./world.js";

/** The rows of the picture, from the top: where its label stands, and its place below. */
const ROWS = {
  service: { label: 11, top: 17, height: 8 },
  breaker: { label: 42, top: 48, height: 18 },
  calls: { label: 84, top: 92, height: 92 },
  waiting: { label: 204, top: 210, height: 50 },
};
export const HEIGHT = 282;
/** Room at both sides, for the outermost labels of the axis. */
const MARGIN = 4;

const round = (length) => Math.round(length * 10) / 10;

/** Returns a time as people write it: `90 s` or `5 min`. */
const clock = (time) => (time % 60_000 === 0 && time > 0 ? `${time / 60_000} min` : `${time / 1000} s`);

/** Returns the number of equal parts that the time is cut into. */
function partsOf(run, width) {
  const most = Math.floor(width / 3);
  return Math.max(Math.min(40, most), Math.min(most, Math.round(run.calls.length / 4)));
}

/** Counts the calls of each kind in each part of the time, by their beginning. */
export function countCalls({ calls, settings }, parts) {
  const counts = [SUCCEEDED, FAILED, REJECTED].map(() => new Array(parts).fill(0));
  for (const call of calls) {
    const kind = call.kind === SUCCEEDED && call.isBad ? FAILED : call.kind;
    counts[kind][Math.floor((call.at / settings.duration) * parts)] += 1;
  }
  return counts;
}

/** Returns how many callers wait, on average, in each part of the time. */
export function countWaiting({ calls, settings }, parts) {
  const { duration } = settings;
  const length = duration / parts;
  // The change of the sum within the part of an event, and in all parts after it.
  const [within, after] = [new Array(parts + 1).fill(0), new Array(parts + 1).fill(0)];
  const change = (at, by) => {
    if (at >= duration) return;
    const part = Math.floor(at / length);
    within[part] += by * ((part + 1) * length - at);
    after[part + 1] += by;
  };
  for (const { at, end } of calls) {
    change(at, 1);
    change(end, -1);
  }
  const means = [];
  for (let part = 0, slope = 0; part < parts; part += 1) {
    slope += after[part];
    means.push(Math.max(0, slope + within[part] / length));
  }
  return means;
}

/** Draws one picture. */
class Picture {
  constructor(width, duration) {
    this.width = width;
    this.duration = duration;
    this.shapes = [];
  }

  x(at) {
    return round(MARGIN + (Math.min(at, this.duration) / this.duration) * (this.width - 2 * MARGIN));
  }

  label({ label }, text, figure = "") {
    this.shapes.push(`<text x="${MARGIN}" y="${label}">${text}</text>`);
    if (figure) {
      this.shapes.push(`<text class="soft" x="${this.width - MARGIN}" y="${label}" text-anchor="end">${figure}</text>`);
    }
  }

  /** Draws a stretch of a band, at least so wide that it is seen. */
  band({ top, height }, kind, from, to) {
    const [left, right] = [this.x(from), this.x(to)];
    const width = round(Math.max(right - left, 2));
    this.shapes.push(`<rect class="${kind}" x="${left}" y="${top}" width="${width}" height="${height}"/>`);
    return right - left;
  }

  service(run) {
    this.label(ROWS.service, "Service");
    this.band(ROWS.service, "well", 0, this.duration);
    for (const { from, to } of run.sick) {
      if (from < this.duration) this.band(ROWS.service, "sick", from, to);
    }
  }

  breaker({ changes }) {
    this.label(ROWS.breaker, "Breaker");
    const { top } = ROWS.breaker;
    // The short states are drawn last, over their neighbours.
    const spans = changes.map((change, at) => ({ ...change, to: changes[at + 1]?.at ?? this.duration }));
    for (const drawn of ["closed", "open", "half-open"]) {
      for (const { state, at, to } of spans.filter((span) => span.state === drawn)) {
        const width = this.band(ROWS.breaker, state, at, to);
        if (width < 6.5 * state.length) continue;
        const middle = (this.x(at) + this.x(to)) / 2;
        this.shapes.push(`<text class="in ${state}" x="${round(middle)}" y="${top + 13}" text-anchor="middle">${state}</text>`);
      }
    }
  }

  /** Draws bars that stand on `base`, or hang from it. */
  bars(kind, counts, bases, scale, parts) {
    const wide = (this.width - 2 * MARGIN) / parts;
    const gap = wide > 4 ? 1 : 0;
    const path = counts.map((count, part) => {
      if (count === 0) return "";
      const [left, height] = [round(MARGIN + part * wide), round(count * scale)];
      return `M${left} ${round(bases[part])}h${round(wide - gap)}v${-height}h${-round(wide - gap)}z`;
    });
    this.shapes.push(`<path class="${kind}" d="${path.join("")}"/>`);
  }

  calls(run, parts) {
    const { top, height } = ROWS.calls;
    const [succeeded, failed, rejected] = countCalls(run, parts);
    const reached = succeeded.map((count, part) => count + failed[part]);
    const [up, down] = [Math.max(1, ...reached), Math.max(0, ...rejected)];
    const scale = (height - 2) / (up + down);
    const base = top + up * scale;
    const most = Math.max(up, down) / (this.duration / parts / 1000);
    const rate = most < 10 ? round(most) : Math.round(most);
    this.label(ROWS.calls, "Calls: above, to the service; below, rejected", `up to ${rate} a second`);
    this.bars("succeeded", succeeded, succeeded.map(() => base), scale, parts);
    this.bars("failed", failed, succeeded.map((count) => base - count * scale), scale, parts);
    this.bars("rejected", rejected, rejected.map(() => base + 1), -scale, parts);
    this.shapes.push(`<path class="axis" d="M${MARGIN} ${round(base + 0.5)}H${this.width - MARGIN}"/>`);
  }

  waiting(run, bare, parts) {
    const { top, height } = ROWS.waiting;
    const [now, without] = [countWaiting(run, parts), countWaiting(bare, parts)];
    const most = Math.max(1, ...now, ...without);
    const bottom = top + height;
    const wide = (this.width - 2 * MARGIN) / parts;
    const line = (means) =>
      means.map((mean, part) => `${round(MARGIN + part * wide)} ${round(bottom - (mean / most) * (height - 2))}h${round(wide)}`);
    this.label(ROWS.waiting, "Callers that wait; dashed: without a breaker", `up to ${Math.round(most)}`);
    this.shapes.push(`<path class="waiting" d="M${MARGIN} ${bottom}L${line(now).join("L")}V${bottom}z"/>`);
    this.shapes.push(`<path class="without" d="M${line(without).join("L")}"/>`);
  }

  axis() {
    const bottom = ROWS.waiting.top + ROWS.waiting.height;
    const steps = [1, 2, 5, 10, 15, 30, 60, 120].map((seconds) => seconds * 1000);
    const step = steps.find((step) => (step / this.duration) * this.width >= 56) ?? steps.at(-1);
    this.shapes.push(`<path class="axis" d="M${MARGIN} ${bottom + 0.5}H${this.width - MARGIN}"/>`);
    for (let at = 0; at <= this.duration; at += step) {
      const anchor = at === 0 ? "start" : this.x(at) > this.width - 16 ? "end" : "middle";
      this.shapes.push(`<path class="grid" d="M${this.x(at)} ${ROWS.service.top}V${bottom}"/>`);
      this.shapes.push(`<text class="soft" x="${this.x(at)}" y="${bottom + 16}" text-anchor="${anchor}">${clock(at)}</text>`);
    }
  }
}

/** Draws a run beside one without a breaker, so many pixels wide. */
export function draw(run, bare, width) {
  const picture = new Picture(width, run.settings.duration);
  const parts = partsOf(run, width);
  picture.axis();
  picture.service(run);
  picture.breaker(run);
  picture.calls(run, parts);
  picture.waiting(run, bare, parts);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" aria-hidden="true">${picture.shapes.join("\n")}</svg>`;
}
