#!/usr/bin/env python3
"""A plain second `replay`, which prints what `replay --json` prints.

    tests/replay/reference.py LOG.csv --threshold 3,5 --cooldown 5s,30s

It takes only tunings that `replay` takes.
"""

import argparse
import heapq
import itertools
import json
import sys
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path

import breaker as machine
from breaker import CLOSED, FAILURE, HALF_OPEN, IGNORED, OPEN, SECOND, SUCCESS, Tuning
from log import parse_duration, read

# The keys of a tuning.
COUNTS = ("threshold", "failure_count", "min_calls", "probes", "success_threshold")
RATES = ("failure_rate", "slow_rate", "backoff")
DURATIONS = ("slow_call", "cooldown", "cooldown_max", "backoff_reset", "probe_timeout")
KEYS = (*COUNTS, *RATES, *DURATIONS, "window")


def value(key, text):
    """Returns a tuning's value as the breaker takes it."""
    if key in COUNTS:
        return int(text)
    if key in RATES:
        return Fraction(text)
    if key == "window":
        return ("calls", int(text)) if text.isdigit() else ("time", parse_duration(text))
    return parse_duration(text)


def printed(key, text):
    """Returns a tuning's value as the document shows it."""
    if key in COUNTS or (key == "window" and text.isdigit()):
        return int(text)
    return float(text) if key in RATES else text


def grid(options):
    """Yields each tuning as texts by key; the last flag of the command line varies fastest."""
    for texts in itertools.product(*options.tunings.values()):
        yield dict(zip(options.tunings, texts))


class Tune(argparse.Action):
    """Notes the values of a tuning's flag, in the order of the flags."""

    def __call__(self, _, namespace, values, flag=None):
        namespace.tunings[flag.strip("-").replace("-", "_")] = values.split(",")


class Play:
    """The calls of one key through one breaker."""

    def __init__(self, calls, tuning, end):
        self.calls = calls
        # The end of the log, which all keys and tunings share.
        self.end = end
        # The breakers of all keys begin with the log, and their windows with them.
        self.breaker = machine.Breaker(tuning, 0)
        self.pending = []
        self.admitted, self.rejected, self.probes = [], [], 0
        for call in calls:
            self.settle_until(call.start)
            self.ask(call)
        self.settle_until(None)

    def settle_until(self, instant):
        """Settles the admitted calls that end until an instant, or all, in order of their ends."""
        while self.pending and (instant is None or self.pending[0][0] <= instant):
            end, _, call, permit = heapq.heappop(self.pending)
            self.breaker.settle(permit, call.outcome, end)

    def ask(self, call):
        permit = self.breaker.acquire(call.start)
        if permit is None:
            self.rejected.append(call)
            return
        self.admitted.append(call)
        self.probes += self.breaker.state == HALF_OPEN
        heapq.heappush(self.pending, (call.end, call.line, call, permit))

    def spans(self):
        """Returns the stretches from leaving closed to returning, or to the end of the log."""
        left = [now for now, before, _ in self.breaker.transitions if before == CLOSED]
        back = [now for now, _, after in self.breaker.transitions if after == CLOSED]
        return list(itertools.zip_longest(left, back, fillvalue=self.end))

    def delay(self, begin, end):
        """Returns how long the breaker was not closed after the last failure of a span."""
        ends = [call.end for call in self.calls if call.outcome == FAILURE]
        return end - max([begin, *(instant for instant in ends if begin <= instant <= end)])

    def moves(self, before, after):
        return sum(move[1:] == (before, after) for move in self.breaker.transitions)

    def numbers(self):
        spans = self.spans()
        delays = [self.delay(*span) for span in spans]
        return {
            "calls": len(self.calls),
            "failures": count(self.calls, FAILURE),
            "ignored": count(self.calls, IGNORED),
            "admitted": len(self.admitted),
            "rejected": len(self.rejected),
            "saved_calls": count(self.rejected, FAILURE),
            "saved_ns": sum(call.duration for call in self.rejected if call.outcome == FAILURE),
            "reached_failures": count(self.admitted, FAILURE),
            "lost_calls": count(self.rejected, SUCCESS),
            "rejected_ignored": count(self.rejected, IGNORED),
            "trips": self.moves(CLOSED, OPEN),
            "reopened": self.moves(HALF_OPEN, OPEN),
            "probes": self.probes,
            "closes": self.moves(HALF_OPEN, CLOSED),
            "open_ns": sum(end - begin for begin, end in spans),
            "late_ns": sum(delays),
            "late_max_ns": max(delays, default=0),
            "open_at_end": int(self.breaker.state != CLOSED),
        }


def count(calls, outcome):
    return sum(call.outcome == outcome for call in calls)


def together(parts):
    """Sums the numbers of all keys up; of the longest delay it takes the longest."""
    total = {}
    for name in parts[0]:
        values = [part[name] for part in parts]
        total[name] = max(values) if name == "late_max_ns" else sum(values)
    return total


def beats(one, other, saved):
    """Returns true if a tuning is nowhere worse, and somewhere better."""
    better = one[saved] - other[saved], other["lost_calls"] - one["lost_calls"]
    return min(better) >= 0 and max(better) > 0


def moment(instant):
    """Writes an instant since 1970 as replay does."""
    shown = datetime.fromtimestamp(instant // SECOND, timezone.utc)
    return shown.strftime("%Y-%m-%dT%H:%M:%S") + f".{instant % SECOND:09}Z"


def document(text, options):
    """Returns what `replay --json` prints about a log."""
    log = read(text, options)
    if sum(log.bad.values()) * 2 > log.lines:
        return {"refused": "more than half of the lines are bad"}
    keys = {}
    for call in log.calls:
        keys.setdefault(call.key, []).append(call)
    end = max(call.end for call in log.calls)
    tunings = []
    for texts in grid(options):
        tuning = Tuning({key: value(key, text) for key, text in texts.items()})
        shown = {key: printed(key, text) for key, text in texts.items()}
        numbers = together([Play(calls, tuning, end).numbers() for calls in keys.values()])
        tunings.append({"tuning": shown, "seconds": end / SECOND, **numbers})
    saved = "saved_ns" if any(call.duration for call in log.calls) else "saved_calls"
    for one in tunings:
        one["unbeaten"] = not any(beats(other, one, saved) for other in tunings)
    facts = {
        "calls": len(log.calls),
        "failures": count(log.calls, FAILURE),
        "ignored": count(log.calls, IGNORED),
        "keys": len(keys),
        "first": moment(log.first),
        "last": moment(log.first + end),
        "bad": log.bad,
    }
    return {"log": facts, "tunings": tunings}


def parser():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("log", type=Path)
    arguments.add_argument("--json", action="store_true", help="changes nothing: it prints JSON")
    arguments.add_argument("--format", choices=("csv", "json"))
    arguments.add_argument("--delimiter", default=",")
    arguments.add_argument("--columns")
    arguments.add_argument("--time", choices=("start", "end"), default="start")
    arguments.add_argument("--duration-unit", default="s")
    arguments.add_argument("--failure-status", default="5xx,408,429")
    arguments.add_argument("--disorder", default="60s")
    for key in KEYS:
        arguments.add_argument("--" + key.replace("_", "-"), action=Tune, default=argparse.SUPPRESS)
    return arguments


def options(words):
    """Reads the command line."""
    found = parser().parse_args(words, argparse.Namespace(tunings={}))
    found.format = found.format or ("csv" if found.log.suffix == ".csv" else "json")
    return found


def main():
    found = options(sys.argv[1:])
    json.dump(document(found.log.read_text(), found), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
