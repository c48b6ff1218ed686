#!/usr/bin/env python3
"""Plays random logs through `replay` and through the reference, and compares every number.

    compare.py target/release/replay --logs 1000 [--first 0]

A difference is printed with its seed, and with a log that is as short as it can be made.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import reference
from random_logs import RandomLog


class Comparison:
    """Plays logs of a folder through both."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = Path(folder)

    def theirs(self, path, words):
        """Returns the document that `replay` prints, or why there is none."""
        command = [self.binary, str(path), "--json", *words]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 2 and "lines cannot be read" in done.stderr:
            return {"refused": "more than half of the lines are bad"}
        if done.returncode != 0:
            return {"failed": done.returncode, "message": done.stderr.strip()}
        return json.loads(done.stdout)

    def differences(self, lines, ending, words):
        """Returns the places in which the two documents differ, as texts."""
        path = self.folder / f"log.{ending}"
        path.write_text("\n".join(lines) + "\n")
        theirs = self.theirs(path, words)
        ours = reference.document(path.read_text(), reference.options([str(path), *words]))
        return list(compared(ours, theirs, ""))


def compared(ours, theirs, place):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours.keys() | theirs.keys():
            yield from compared(ours.get(name), theirs.get(name), f"{place}.{name}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, pair in enumerate(zip(ours, theirs)):
            yield from compared(*pair, f"{place}[{number}]")
    elif ours != theirs:
        yield f"{place.lstrip('.')}: the reference has {ours}, replay has {theirs}"


def shrunk(lines, differs):
    """Returns fewer lines that still differ: leaves out ever smaller parts."""
    size = len(lines) // 2
    while size:
        at = 0
        while at < len(lines):
            fewer = lines[:at] + lines[at + size :]
            if fewer and differs(fewer):
                lines = fewer
            else:
                at += size
        size //= 2
    return lines


def narrowed(words, differs):
    """Returns the words of a command line with one value for each flag, where that still differs."""
    for at, word in enumerate(words):
        if at and words[at - 1].startswith("--") and "," in word and "=" not in word:
            for value in word.split(","):
                fewer = [*words[:at], value, *words[at + 1 :]]
                if value and differs(fewer):
                    words = fewer
                    break
    return words


def report(comparison, seed, log):
    head = log.lines[:1] if log.ending == "csv" else []
    found = lambda rows, words: comparison.differences(head + rows, log.ending, words)
    words = narrowed(log.words, lambda words: found(log.lines[len(head) :], words))
    rows = shrunk(log.lines[len(head) :], lambda rows: found(rows, words))
    words = narrowed(words, lambda words: found(rows, words))
    print(f"seed {seed}: replay differs from the reference")
    print(f"  replay LOG.{log.ending} --json", *(f"'{word}'" if " " in word else word for word in words))
    print("\n".join(f"    {line}" for line in head + rows))
    print("\n".join(f"  {line}" for line in sorted(found(rows, words))))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("binary")
    arguments.add_argument("--first", type=int, default=0, help="the first seed")
    arguments.add_argument("--logs", type=int, default=1000)
    arguments.add_argument("--brief", action="store_true", help="print no more than the first seed that differs")
    found = arguments.parse_args()
    lines = 0
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(found.binary, folder)
        for seed in range(found.first, found.first + found.logs):
            log = RandomLog(seed)
            lines += len(log.lines)
            if comparison.differences(log.lines, log.ending, log.words):
                if found.brief:
                    print(f"seed {seed} differs")
                else:
                    report(comparison, seed, log)
                return 1
    print(f"{found.logs} random logs of {lines} lines: replay and the reference agree in every number")
    return 0


if __name__ == "__main__":
    sys.exit(main())
