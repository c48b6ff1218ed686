#!/usr/bin/env python3
"""Makes random logs and tunings from a seed: `random_logs.py SEED` shows one.

Most instants and durations are multiples of one step, so that many fall on the edge of a rule.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from random import Random

from breaker import FAILURE, IGNORED, SUCCESS
from log import UNITS, WORDS

BEGIN = 1_700_000_000 * UNITS["s"]
STEPS_MS = (1, 10, 100, 250, 1000)
GOOD_STATUS = ("200", "201", "204", "302", "404")
BAD_STATUS = ("500", "502", "503", "429", "408")


class RandomLog:
    """A log, as lines and a file's ending, and the words of a command line without the file."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.step = self.random.choice(STEPS_MS) * UNITS["ms"]
        self.words = []
        self.add_tunings()
        calls = self.make_calls()
        self.write(calls)

    def one_in(self, number):
        return self.random.randrange(number) == 0

    def pick(self, *values):
        return self.random.choice(values)

    # The tunings.

    def flag(self, name, values, most=2):
        """Adds a flag with up to `most` of the values."""
        number = self.random.randint(1, most)
        chosen = list(dict.fromkeys(str(self.random.choice(values)) for _ in range(number)))
        self.words += ["--" + name, ",".join(chosen)]
        return chosen

    def steps(self, most, least=1):
        """Returns some numbers of steps as durations of a command line."""
        numbers = [self.random.randint(least, most) for _ in range(3)]
        return [f"{number * self.step // UNITS['ms']}ms" for number in numbers]

    def add_tunings(self):
        rules = self.random.sample(["threshold", "rate", "count", "slow"], self.pick(1, 1, 2, 3))
        if "threshold" in rules:
            self.flag("threshold", range(1, 6), most=3)
        if "rate" in rules:
            self.flag("failure-rate", ["0.1", "0.25", "0.3", "0.334", "0.5", "0.6", "0.75", "0.9", "1"])
        slow_rate = "slow" in rules and self.one_in(2)
        if "rate" in rules or "count" in rules or slow_rate:
            self.add_window("count" in rules)
        if "slow" in rules:
            self.flag("slow-call", self.steps(self.pick(8, 40)))
        if slow_rate:
            self.flag("slow-rate", ["0.2", "0.5", "0.7", "1"])
        cooldowns = self.flag("cooldown", self.steps(self.pick(5, 30)))
        if not self.one_in(3):
            self.add_backoff(max(int(text[:-2]) for text in cooldowns))
        if self.one_in(2):
            self.flag("probes", range(1, 5))
        if self.one_in(2):
            self.flag("success-threshold", range(1, 5))
        if self.one_in(3):
            self.flag("probe-timeout", self.steps(20))

    def add_window(self, has_count):
        least = self.random.randint(1, 12)
        if self.one_in(2):
            sizes = [least + self.random.randint(0, 12) for _ in range(2)]
        else:
            # No window is shorter than 10 ms.
            sizes = self.steps(60, least=max(2, 10 * UNITS["ms"] // self.step))
        self.flag("window", sizes)
        if has_count:
            self.flag("failure-count", range(1, least + 1))
        if not self.one_in(3):
            self.flag("min-calls", range(1, least + 1))

    def add_backoff(self, cooldown_ms):
        self.flag("backoff", ["1.5", "2", "3"])
        if self.one_in(3):
            return
        self.words += ["--cooldown-max", f"{cooldown_ms * self.random.randint(1, 12)}ms"]
        if self.one_in(2):
            self.flag("backoff-reset", self.steps(40))

    # The calls: (start, duration, outcome, key) in nanoseconds.

    def make_calls(self):
        keys = ["a", "b", "c"][: self.pick(1, 1, 1, 2, 3)]
        fine = self.one_in(4)
        calls, now = [], 0
        for _ in range(self.random.randint(1, 8)):
            failing = self.pick(0, 0.05, 0.4, 0.8, 1)
            ignored = self.pick(0, 0, 0.1, 0.5)
            gaps = self.pick((0, 0, 1), (1,), (0, 1, 2, 3), (2, 5, 9), (1, 1, 1, 30))
            lengths = self.pick((0,), (0, 1), (1, 2, 3), (2, 8, 20), (5, 40, 60))
            for _ in range(self.random.randint(1, 25)):
                now += self.random.choice(gaps) * self.step
                length = self.random.choice(lengths) * self.step
                if fine:
                    now += self.random.randrange(self.step)
                    length = self.random.randint(0, length)
                roll = self.random.random()
                outcome = FAILURE if roll < failing else SUCCESS
                outcome = IGNORED if self.random.random() < ignored else outcome
                calls.append((now, length, outcome, self.random.choice(keys)))
        return calls

    # The text of the log.

    def write(self, calls):
        self.by_end = self.one_in(3)
        self.has_key = len({key for *_, key in calls}) > 1 or self.one_in(2)
        self.has_status = self.one_in(3)
        self.has_duration = any(length for _, length, *_ in calls) or self.one_in(2)
        self.time_style = self.pick("rfc", "access log", "s", "ms", "us", "ns")
        self.choose_names()
        if self.by_end:
            self.words += ["--time", "end"]
        rows = [self.row(*call) for call in self.shuffled(calls)]
        if self.one_in(6):
            for row in self.random.sample(rows, len(rows) // 8):
                row[self.random.choice(list(row))] = "?"
        if self.one_in(2):
            self.ending = self.pick("jsonl", "ndjson", "json")
            self.lines = [json.dumps(self.as_json(row)) for row in rows]
            self.spoil()
        else:
            self.ending = "csv"
            delimiter = self.pick(",", ";")
            if delimiter != ",":
                self.words += ["--delimiter", delimiter]
            header = delimiter.join(self.names.values())
            self.lines = [delimiter.join(row.values()) for row in rows]
            self.spoil()
            self.lines.insert(0, header)

    def spoil(self):
        """Makes a few lines unreadable."""
        if self.one_in(6):
            for at in self.random.sample(range(len(self.lines)), len(self.lines) // 8):
                self.lines[at] = "?"

    def shuffled(self, calls):
        """Returns the calls in the order of the lines."""
        disorder = self.random.randint(0, 30) * self.step
        # A few logs have lines that come too late.
        late = disorder + (3 * self.step if self.one_in(8) else 0)
        if self.one_in(2):
            disorder, late = 60 * UNITS["s"], 0
        else:
            self.words += ["--disorder", f"{disorder // UNITS['ms']}ms"]
        return sorted(calls, key=lambda call: call[0] + self.random.randint(0, late))

    def choose_names(self):
        """Chooses the columns, by name, and the unit of durations."""
        self.unit = self.pick("ns", "us", "ms", "s", "text")
        names = {"time": self.pick("time", "timestamp", "ts", "start", "start_time", "@timestamp", "Time")}
        if self.has_duration:
            named = self.pick("duration", "latency", "elapsed")
            if self.unit != "text" and self.one_in(2):
                self.words += ["--duration-unit", self.unit]
            elif self.unit != "text":
                named += "_" + self.unit
            names["duration"] = named
        names |= {"status": "status"} if self.has_status else {"outcome": self.pick("outcome", "result")}
        if self.has_key:
            names["key"] = "key"
        if self.one_in(4):
            renamed = {field: f"my {name}" for field, name in names.items()}
            self.words += ["--columns", ",".join(f"{field}={name}" for field, name in renamed.items())]
            names = renamed
        if self.one_in(2):
            names["other"] = "other"
        fields = list(names)
        self.random.shuffle(fields)
        self.names = {field: names[field] for field in fields}

    def row(self, start, length, outcome, key):
        written = start + length if self.by_end else start
        values = {"time": self.time(BEGIN + written), "key": key, "other": self.pick("x", "", "1")}
        values["duration"] = self.duration(length)
        values["outcome"] = self.random.choice(WORDS[outcome])
        values["status"] = self.random.choice(BAD_STATUS if outcome == FAILURE else GOOD_STATUS)
        return {name: values[field] for field, name in self.names.items()}

    def time(self, instant):
        if self.time_style in UNITS:
            return decimal(instant, UNITS[self.time_style])
        hours = self.pick(-5, 0, 2)
        zone = timezone(timedelta(hours=hours))
        moment = datetime.fromtimestamp(instant // UNITS["s"], zone)
        if self.time_style == "access log":
            return moment.strftime("%d/%b/%Y:%H:%M:%S %z")
        parts = decimal(instant % UNITS["s"], UNITS["s"])[1:]
        shown = moment.strftime("%Y-%m-%dT%H:%M:%S") + parts
        forms = [f"{hours:+03d}:00", f"{hours:+03d}00", f" {hours:+03d}00", f"{hours:+03d}"]
        return shown + self.pick(*forms, *(["Z", "z", ""] if hours == 0 else []))

    def duration(self, length):
        if length == 0 and self.one_in(2):
            return ""
        if self.unit == "text":
            unit = self.pick("ns", "us", "ms", "s")
            return decimal(length, UNITS[unit]) + unit
        return decimal(length, UNITS[self.unit])

    def as_json(self, row):
        """Returns the row with numbers as numbers where they are exact, and no empty values."""
        exact = lambda text: text.isdigit() and len(text) < 19 and not self.one_in(3)
        filled = {name: text for name, text in row.items() if text or self.one_in(2)}
        return {name: int(text) if exact(text) else text for name, text in filled.items()}


def decimal(number, scale):
    """Writes number / scale, a power of ten, with all its digits."""
    whole, rest = divmod(number, scale)
    digits = str(scale)[1:]
    fraction = str(rest).zfill(len(digits)).rstrip("0") if rest else ""
    return f"{whole}.{fraction}" if fraction else str(whole)


if __name__ == "__main__":
    shown = RandomLog(int(sys.argv[1]))
    print("# replay LOG." + shown.ending, *shown.words)
    print("\n".join(shown.lines))
