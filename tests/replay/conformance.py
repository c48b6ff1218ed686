"""Plays the cases of tests/conformance against the breaker of `breaker.py`.

Only cases of calls and time are played, with what they say of states, admissions and counts; the
steering by hand, events, names and stores of the others are not in the reference.
"""

import re
import shlex
import sys
from fractions import Fraction
from pathlib import Path

from breaker import CLOSED, FAILURE, IGNORED, SUCCESS, Breaker, Tuning

OURS = dict(
    pin.split(":")
    for pin in (
        "eval:fail cmp:ge full:min edge:incl bucket:aligned reopen:first permit:inflight extra:reject late:drop "
        "ignored:neutral panic:failure cancel:neutral slow_cmp:ge ho_slow:count read:lazy stats:keep lost:reprobe "
        "fallback_on:rejected trip_err:original"
    ).split()
)
HEADER = {
    "t", "src", "kind", "sem", "policy", "threshold", "rate", "min", "window", "cooldown", "probes", "close_after",
    "probe_timeout", "slow", "slow_rate", "record", "ignore", "record_ok",
}  # fmt: skip
MS = 1_000_000
UNITS = {"ms": MS, "s": 1000 * MS, "m": 60_000 * MS, "h": 3_600_000 * MS}
OUTCOME = r"(?P<kind>[SFIPC])(?::(?P<label>\w+))?(?:@(?P<took>\d+))?(?:\*(?P<times>\d+))?"


class Skip(Exception):
    """The case is not about what the reference does."""


def duration(text):
    found = re.fullmatch(r"(\d+)(ms|s|m|h)", text)
    if not found:
        raise Skip
    return int(found[1]) * UNITS[found[2]]


def tuning(header):
    """Returns the tuning of a case."""
    if set(header) - HEADER or header["kind"] == "config":
        raise Skip
    given = {"threshold": int(header.get("threshold", 1))}
    policy = header.get("policy", "consecutive")
    kind, _, size = header.get("window", "all").partition(":")
    if policy != "consecutive" and kind not in ("count", "time"):
        raise Skip
    if policy == "rate":
        given = {"failure_rate": Fraction(header["rate"])}
    elif policy == "count":
        given = {"failure_count": given["threshold"]}
    if kind == "count":
        given["window"] = ("calls", int(size))
    elif kind == "time":
        length, _, buckets = size.partition("/")
        given |= {"window": ("time", duration(length)), "buckets": int(buckets or 10)}
    if "min" in header:
        given["min_calls"] = int(header["min"])
    if "slow_rate" in header:
        given["slow_rate"] = Fraction(header["slow_rate"])
    growth = re.fullmatch(r"exp:(\w+?)x(\d+)(?:,(\w+))?", header.get("cooldown", "1000ms"))
    if growth:
        given |= {"cooldown": duration(growth[1]), "backoff": Fraction(growth[2])}
        if growth[3]:
            given["cooldown_max"] = duration(growth[3])
    elif "list" in header.get("cooldown", ""):
        raise Skip
    else:
        given["cooldown"] = duration(header.get("cooldown", "1000ms"))
    given["probes"] = int(header.get("probes", 1))
    given["success_threshold"] = int(header.get("close_after", given["probes"]))
    for name, ours in (("slow", "slow_call"), ("probe_timeout", "probe_timeout")):
        if name in header:
            given[ours] = duration(header[name])
    return Tuning(given)


class Player:
    def __init__(self, header):
        pins = dict(pin.split(":") for pin in header.get("sem", "").split(",") if pin)
        if any(OURS.get(knob) != value for knob, value in pins.items()):
            raise Skip
        self.labels = {key: header[key].split("|") for key in ("record", "ignore", "record_ok") if key in header}
        self.breaker = Breaker(tuning(header), 0)
        self.now = self.rejected = self.executed = 0
        self.permits, self.crowd, self.admitted = {}, [], None

    def outcome(self, kind, label):
        listed = {key: label in labels for key, labels in self.labels.items()}
        if kind in "IC" or listed.get("ignore"):
            return IGNORED
        if kind == "S":
            return FAILURE if listed.get("record_ok") else SUCCESS
        return FAILURE if kind == "P" or listed.get("record", True) else SUCCESS

    def ask(self):
        permit = self.breaker.acquire(self.now)
        self.executed += permit is not None
        self.rejected += permit is None
        self.admitted = permit is not None
        return permit

    def call(self, found, must):
        permit = self.ask()
        assert permit or not must, "rejected"
        if permit:
            self.now += int(found["took"] or 0) * MS
            self.breaker.settle(permit, self.outcome(found["kind"], found["label"]), self.now)

    def act(self, word):
        if found := re.fullmatch(OUTCOME, word):
            for _ in range(int(found["times"] or 1)):
                self.call(found, must=True)
        elif found := re.fullmatch(r"call(?:=%s)?(?:\*(?P<all>\d+))?" % OUTCOME, word):
            found = {"kind": "S", **{key: value for key, value in found.groupdict().items() if value}}
            for _ in range(int(found.get("all") or found.get("times") or 1)):
                self.call({"label": None, "took": None, **found}, must=False)
        elif found := re.fullmatch(r"(start|try)\((\w+)\)", word):
            self.permits[found[2]] = self.ask()
            assert self.admitted or found[1] == "try", "rejected"
        elif found := re.fullmatch(r"end\((\w+),%s\)" % OUTCOME, word):
            permit = self.permits.pop(found[1])
            self.breaker.settle(permit, self.outcome(found["kind"], found["label"]), self.now)
        elif found := re.fullmatch(r"par\((\d+)\)", word):
            self.crowd = [self.ask() for _ in range(int(found[1]))]
        elif found := re.fullmatch(r"join\(([SF])\)", word):
            for permit in filter(None, self.crowd):
                self.breaker.settle(permit, self.outcome(found[1], None), self.now)
        elif found := re.fullmatch(r"\+(\d+)", word):
            self.now += int(found[1]) * MS
        else:
            raise Skip

    def check(self, word):
        """Checks an expectation, and returns true if it is of a kind that is known here."""
        breaker = self.breaker
        window = breaker.window(self.now) if breaker.state == CLOSED else None
        facts = {"executed": self.executed, "c.rej": self.rejected}
        if window is not None:
            fails, slow = sum(r.failed for r in window), sum(r.slow for r in window)
            facts |= {"c.total": len(window), "c.fail": fails, "c.ok": len(window) - fails, "c.slow": slow}
            if breaker.tuning.threshold is not None:
                facts["c.consec"] = breaker.consecutive
        elif breaker.state == "open":
            facts |= {"cooldown": breaker.cooldown / MS, "attempts": breaker.failed_rounds + 1}
            facts["remaining"] = (breaker.since + breaker.cooldown - self.now) / MS
        crowd = sum(permit is not None for permit in self.crowd)
        facts |= {"admitted": crowd, "denied": len(self.crowd) - crowd}
        if word in ("closed", "open", "half_open"):
            assert breaker.state == word.replace("_", "-"), f"{word}, but it is {breaker.state}"
        elif word in ("allowed", "rejected"):
            assert self.admitted == (word == "allowed"), word
        elif word.startswith("ev="):
            made = [f"{before}>{after}".replace("-", "_") for _, before, after in breaker.transitions]
            assert word[3:] == (",".join(made) or "-"), f"{word}, but {made}"
        elif (found := re.fullmatch(r"([\w.]+)=(-?\d+)", word)) and found[1] in facts:
            assert facts[found[1]] == int(found[2]), f"{word}, but {facts[found[1]]}"
        else:
            return False
        return True


def play(line):
    """Plays a case; returns the number of expectations that were checked."""
    words = shlex.split(line)
    split = words.index(";") if ";" in words else len(words)
    player = Player(dict(word.split("=", 1) for word in words[2:split]))
    checked = 0
    expects = False
    for word in words[split:]:
        if word in (";", "->"):
            expects = word == "->"
        elif expects:
            checked += player.check(word)
        else:
            player.act(word)
    return checked


def main():
    folder = Path(__file__).parent.parent / "conformance"
    played = failed = skipped = checked = 0
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.startswith("case "):
                continue
            try:
                checked += play(line)
                played += 1
            except Skip:
                skipped += 1
            except AssertionError as error:
                failed += 1
                print(f"{path.name}:{number}: {line.split()[1]}: {error}")
    print(f"conformance: {played} cases agree in {checked} points, {failed} differ, {skipped} are about other things")
    return failed > 0 or played == 0


if __name__ == "__main__":
    sys.exit(main())
