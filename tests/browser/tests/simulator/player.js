// Plays scripts on the simulator's state machine, and finds what differs from the core's answers.
// Each script is a line with its tuning, then one line for each step: step, answer, snapshot.

import { Machine } from "/simulator/machine.js";

const answer = ({ permit, why, left }) =>
  permit ? (permit.isProbe ? "probe" : "call") : `${why} ${left ?? "for ever"}`;

const shown = (machine, now) => JSON.stringify(Object.values(machine.show(now)));

/** Returns the first difference of a script, or nothing. */
function play([tuning, ...lines]) {
  const machine = new Machine(JSON.parse(tuning));
  const permits = [];
  let now = 0;
  for (const [at, line] of lines.entries()) {
    const [step, wanted, snapshot] = line.split("\t");
    let found = "-";
    if (step === "ask") {
      const answered = machine.ask(now);
      if (answered.permit) permits.push(answered.permit);
      found = answer(answered);
    } else if (step.startsWith("+")) {
      now += Number(step.slice(1));
    } else {
      const [outcome, number] = step.split(" ");
      machine.settle(permits[number], outcome, now);
    }
    const shows = shown(machine, now);
    if (found !== wanted || shows !== snapshot) {
      return `${tuning}\nstep ${at}, ${step}, at ${now} ms:\n  core: ${wanted} ${snapshot}\n  page: ${found} ${shows}`;
    }
  }
}

/** Plays a file of scripts, with empty lines between them. Returns their number and differences. */
export async function playAll(address) {
  const text = await (await fetch(address)).text();
  const scripts = text.trimEnd().split("\n\n").map((script) => script.split("\n"));
  const differences = scripts.map(play).filter(Boolean);
  const steps = scripts.reduce((sum, script) => sum + script.length - 1, 0);
  return { scripts: scripts.length, steps, differences };
}

/** Draws the first preset, with the light theme's colours in the file itself. */
export async function still() {
  const { PRESETS, tuningOfMachine } = await import("/simulator/controls.js");
  const { play } = await import("/simulator/world.js");
  const { draw } = await import("/simulator/draw.js");
  const style = await (await fetch("/simulator/style.css")).text();
  const colours = new Map(style.match(/#simulator \{[^}]*\}/)[0].match(/--[\w-]+: #\w+/g).map((it) => it.split(": ")));
  const rules = style.split("\n").filter((line) => line.startsWith(".sim-picture ") && !line.includes("svg"));
  const resolved = rules
    .map((rule) => rule.replaceAll(".sim-picture ", "").replace(/var\((--[\w-]+)(?:, (#\w+))?\)/g, (_, name, other) => colours.get(name) ?? other))
    .join("\n");
  const { settings } = PRESETS[0];
  const svg = draw(play(settings, tuningOfMachine(settings)), play(settings, null), 750);
  return `${svg.replace(">", `>\n<style>\nsvg { font-family: system-ui, sans-serif; color: #1b2027; }\n${resolved}\n</style>\n`)}\n`;
}
