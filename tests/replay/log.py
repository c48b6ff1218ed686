"""Reads a log of calls as `replay` does, with exact numbers."""

import csv
import heapq
import io
import json
import re
from datetime import datetime, timedelta, timezone
from fractions import Fraction

from breaker import FAILURE, IGNORED, SECOND, SUCCESS

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
COLUMNS = {
    "time": ["time", "timestamp", "ts", "start", "start_time", "@timestamp"],
    "duration": ["duration", "latency", "elapsed", "request_time"],
    "outcome": ["outcome", "result"],
    "status": ["status", "status_code", "response_code", "code"],
    "key": ["key"],
}
UNITS = {"ns": 1, "us": 1000, "µs": 1000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
WORDS = {
    SUCCESS: ["success", "ok", "true"],
    FAILURE: ["failure", "error", "err", "fail", "false", "timeout"],
    IGNORED: ["ignored", "ignore", "cancelled"],
}


class Bad(Exception):
    """A line that is no call, with the kind of its mistake."""


class Call:
    """One call of the log, in nanoseconds; `start` is relative to the first played start."""

    def __init__(self, line, start, duration, outcome, key):
        self.line = line
        self.start = start
        self.duration = duration
        self.outcome = outcome
        self.key = key

    @property
    def end(self):
        return self.start + self.duration


class Log:
    """The calls in the order in which they are played, and the lines that are not."""

    def __init__(self):
        self.calls = []
        self.first = None
        self.bad = {}
        self.lines = 0

    def add_bad(self, kind):
        self.bad[kind] = self.bad.get(kind, 0) + 1


def parse_duration(text, unit="s"):
    """Returns nanoseconds; a number without a unit is in `unit`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zµ]*)", text.strip())
    if not found:
        raise Bad("duration")
    return int(Fraction(found[1]) * UNITS[found[2] or unit])


def parse_time(text):
    """Returns nanoseconds since 1970."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        number = Fraction(text)
        for limit, scale in ((10**11, SECOND), (10**14, 10**6), (10**17, 1000)):
            if number < limit:
                return int(number * scale)
        return int(number)
    if "/" in text:
        moment = datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z")
        return (moment - EPOCH) // timedelta(seconds=1) * SECOND
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)([.,]\d+)? ?(?:[Zz]|([+-]\d\d)(?::?(\d\d))?|)", text)
    if not found:
        raise Bad("time")
    zone = f"{found[4] or '+00'}:{found[5] or '00'}"
    moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}")
    seconds = (moment - EPOCH) // timedelta(seconds=1)
    return seconds * SECOND + int(Fraction("0." + (found[3] or ".0")[1:]) * SECOND)


def outcome_of_word(word):
    for outcome, words in WORDS.items():
        if word.lower() in words:
            return outcome
    raise Bad("outcome")


def outcome_of_status(status, failing):
    if not re.fullmatch(r"[1-5]\d\d", status):
        raise Bad("status")
    for entry in failing:
        if status == entry or (entry.endswith("xx") and status[0] == entry[0] and len(status) == 3):
            return FAILURE
    return SUCCESS


class Reader:
    """The columns of a log, and how their values are read."""

    def __init__(self, options):
        self.options = options
        self.columns = dict(pair.split("=", 1) for pair in (options.columns or "").split(",") if pair)

    def find(self, names, field):
        """Returns the column of a field, and the unit in its name."""
        for name in names:
            base, _, ending = name.lower().rpartition("_")
            unit = ending if base and ending in ("ns", "us", "ms", "s") else None
            if field in self.columns:
                if name == self.columns[field]:
                    return name, unit
            elif name.lower() in COLUMNS[field] or (field == "duration" and unit and base in COLUMNS[field]):
                return name, unit
        return None, None

    def call(self, number, row):
        """Returns the call of a line, its start counted from 1970."""
        if row is None:
            raise Bad("fields")
        time, _ = self.find(row, "time")
        duration, unit = self.find(row, "duration")
        outcome, _ = self.find(row, "outcome")
        status, _ = self.find(row, "status")
        key, _ = self.find(row, "key")
        took = 0
        if duration and row[duration] != "":
            took = parse_duration(row[duration], unit or self.options.duration_unit)
        start = parse_time(row[time])
        if self.options.time == "end":
            start -= took
        if outcome:
            found = outcome_of_word(row[outcome])
        else:
            found = outcome_of_status(row[status], self.options.failure_status.split(","))
        return Call(number, start, took, found, row[key] if key else None)


def rows(text, options):
    """Yields the number of each line and its fields by name, as texts."""
    if options.format == "csv":
        lines = csv.reader(io.StringIO(text), delimiter=options.delimiter)
        header = next(lines)
        for row in lines:
            # A line with another number of fields is none.
            yield lines.line_num, dict(zip(header, row)) if len(row) == len(header) else None
        return
    for number, line in enumerate(text.splitlines(), 1):
        try:
            fields = json.loads(line, parse_float=str, parse_int=str)
        except json.JSONDecodeError:
            yield number, None
            continue
        yield number, {name: str(value) for name, value in fields.items() if value is not None}


def read(text, options):
    """Returns the log. Lines wait until the newest start is `--disorder` ahead of theirs."""
    log = Log()
    reader = Reader(options)
    disorder = parse_duration(options.disorder)
    waiting = []
    newest = played = None

    def play(call):
        log.first = call.start if log.first is None else log.first
        call.start -= log.first
        log.calls.append(call)

    for number, row in rows(text, options):
        log.lines += 1
        try:
            call = reader.call(number, row)
        except Bad as bad:
            log.add_bad(bad.args[0])
            continue
        if played is not None and call.start < played:
            log.add_bad("out of order")
            continue
        newest = call.start if newest is None else max(newest, call.start)
        heapq.heappush(waiting, (call.start, number, call))
        while waiting and newest - waiting[0][0] >= disorder:
            played = waiting[0][0]
            play(heapq.heappop(waiting)[2])
    while waiting:
        play(heapq.heappop(waiting)[2])
    return log
