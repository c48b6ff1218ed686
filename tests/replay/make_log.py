#!/usr/bin/env python3
"""Writes a log of a service that is well, breaks in several ways, and recovers.

    tests/replay/make_log.py --lines 100000000 --seed 1 > log.csv

Healthy stretches of some minutes alternate with outages: calls refused at once, calls that hang
until their timeout, a service that is slow and fails now and then, one that comes and goes. A
million lines take about a second, and 28 MB.
"""

import argparse
import sys
from itertools import accumulate
from random import Random

BEGIN_US = 1_700_000_000_000_000
BLOCK = 50_000
TABLE = 4096


class Shape:
    """A way in which a service behaves: how often it fails, and how long its calls take."""

    def __init__(self, random, failing, median_ms, spread, failed_ms):
        self.failing = failing
        # Lognormal, as latencies are: most near the median, a few much longer.
        times = [random.lognormvariate(0, spread) for _ in range(TABLE)]
        self.good = [f"{median_ms * time:.3f},200" for time in times]
        self.bad = [f"{failed_ms * time:.3f},{random.choice((500, 502, 503))}" for time in times]

    def ends(self, random, number):
        """Returns durations and statuses of some calls."""
        if self.failing in (0, 1):
            return random.choices(self.bad if self.failing else self.good, k=number)
        weights = [1 - self.failing] * TABLE + [self.failing] * TABLE
        return random.choices(self.good + self.bad, weights, k=number)


def stretches(random, rate):
    """Yields shapes with numbers of calls, for ever."""
    healthy = Shape(random, 0.001, 40, 0.6, 60)
    refused = Shape(random, 1, 1, 0.1, 1)
    hanging = Shape(random, 0.95, 200, 0.8, 10_000)
    slow = Shape(random, 0.3, 1500, 0.7, 3000)
    while True:
        yield healthy, random.randint(60, 1200) * rate
        kind = random.randrange(4)
        seconds = random.randint(5, 180)
        if kind == 3:
            # It comes and goes every few seconds.
            for _ in range(seconds // 6 + 1):
                yield refused, random.randint(1, 6) * rate
                yield healthy, random.randint(1, 6) * rate
        else:
            yield (refused, hanging, slow)[kind], seconds * rate


def blocks(random, lines, rate, keys):
    """Yields the text of the log in blocks."""
    # Gaps in microseconds, exponential as those of independent callers.
    gaps = [max(1, round(random.expovariate(rate / 1_000_000))) for _ in range(TABLE)]
    names = [f",service-{number}" for number in range(keys)] if keys > 1 else [""]
    now = BEGIN_US
    for shape, calls in stretches(random, rate):
        while calls:
            size = min(calls, lines, BLOCK)
            times = list(accumulate(random.choices(gaps, k=size), initial=now))
            now = times.pop()
            ends = shape.ends(random, size)
            chosen = random.choices(names, k=size) if keys > 1 else names * size
            yield "".join([f"{time},{end}{key}\n" for time, end, key in zip(times, ends, chosen)])
            calls -= size
            lines -= size
            if not lines:
                return


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lines", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rate", type=int, default=1000, help="calls a second")
    arguments.add_argument("--keys", type=int, default=1, help="with two or more there is a column `key`")
    found = arguments.parse_args()
    print("time,duration_ms,status" + (",key" if found.keys > 1 else ""))
    for block in blocks(Random(found.seed), found.lines, found.rate, found.keys):
        sys.stdout.write(block)


if __name__ == "__main__":
    main()
