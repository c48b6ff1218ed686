#!/usr/bin/env python3
"""Breaks one rule of the reference at a time, and expects the random logs to show each.

    mutations.py target/debug/replay

A rule that may be broken unseen is one that the random logs do not check.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The rule that is broken, the file, the text there and its replacement.
MUTATIONS = [
    ("a cooldown that is just over lets a probe through", "breaker.py", "now < self.cooldown_end", "now <= self.cooldown_end"),
    ("the window holds N calls", "breaker.py", "self.records[-size:]", "self.records[-size - 1 :]"),
    ("the window starts empty after a close", "breaker.py", "        self.records = []\n", '        self.records = getattr(self, "records", [])\n'),
    ("a success ends the failures in a row", "breaker.py", "self.consecutive + 1 if failed else 0", "self.consecutive + failed"),
    ("an ignored outcome leaves the failures in a row", "breaker.py", "        self.out.remove(permit)\n", "        self.out.remove(permit)\n        self.consecutive *= outcome != IGNORED\n"),
    ("rates are judged on failures and slow calls alone", "breaker.py", "        if failed or slow:\n", "        if True:\n"),
    ("a rate trips at the very share", "breaker.py", "failures >= tuning.failure_rate * calls", "failures > tuning.failure_rate * calls"),
    ("rates wait for `min_calls`", "breaker.py", "calls >= tuning.min_calls", "calls >= tuning.min_calls - 1"),
    ("`failure_count` waits only for `min_calls` that are given", "breaker.py", "(enough or not tuning.waits_to_count)", "enough"),
    ("`min_calls` is 10, or the window if smaller", "breaker.py", "min(10, self.window[1]) if of_calls", "10 if of_calls"),
    ("buckets are aligned to the window's begin", "breaker.py", "instant - whole(self.since)", "instant"),
    ("a window of time has ten buckets", "breaker.py", "BUCKETS = 10", "BUCKETS = 11"),
    ("a call of just `slow_call` is slow", "breaker.py", "now - permit.start >= slow_call", "now - permit.start > slow_call"),
    ("a slow call is a failure without `slow_rate`", "breaker.py", "(slow and self.tuning.slow_rate is None)", "False"),
    ("a slow probe is a failed one", "breaker.py", "if outcome == FAILURE or slow:", "if outcome == FAILURE:"),
    ("a call that hangs is counted by the next call", "breaker.py", "        self.count_hanging(now)\n", ""),
    ("a call that hung is counted once", "breaker.py", "        if record:\n", "        if False:\n"),
    ("the late failure of a counted call is added to it", "breaker.py", "            record.failed = True\n", ""),
    ("a call that hangs is counted before 9/8 of `slow_call`", "breaker.py", "self.eighth(permit.start) > 8", "self.eighth(permit.start) > 9"),
    ("a hanging probe reopens", "breaker.py", "out >= slow_call and not out >= timeout > slow_call", "False"),
    ("a trip starts the backoff anew without `backoff_reset`", "breaker.py", "            self.failed_rounds = 0\n", "            pass\n"),
    ("an early trip goes on with the backoff", "breaker.py", "closed < reset", "False"),
    ("a failed half-open lengthens the cooldown", "breaker.py", "        self.failed_rounds += 1\n        self.open(now)", "        self.open(now)"),
    ("`cooldown_max` caps the cooldown", "breaker.py", "min(cooldown, self.tuning.cooldown_max)", "cooldown"),
    ("no more than `probes` hold a slot", "breaker.py", "len(holders) < self.tuning.probes", "len(holders) <= self.tuning.probes"),
    ("an ignored probe frees its slot", "breaker.py", "        self.out.remove(permit)\n", "        if outcome != IGNORED:\n            self.out.remove(permit)\n"),
    ("a probe loses its slot after `probe_timeout`", "breaker.py", "        oldest.has_slot = False\n        return True", "        return False"),
    ("a probe keeps its slot until `probe_timeout`", "breaker.py", "now < whole(oldest.start) + self.tuning.probe_timeout", "now <= whole(oldest.start) + self.tuning.probe_timeout"),
    ("`probe_timeout` is the longer of `cooldown` and `slow_call`", "breaker.py", "longer = max(self.cooldown, self.slow_call or 0)", "longer = self.cooldown"),
    ("a probe that lost its slot is heard", "breaker.py", "        oldest.has_slot = False\n", "        oldest.has_slot = False\n        oldest.episode = -1\n"),
    ("`success_threshold` successes close", "breaker.py", "self.successes == self.tuning.success_threshold", "self.successes == 1"),
    ("the outcome of an earlier episode is dropped", "breaker.py", "if permit.episode != self.episode or outcome == IGNORED", "if self.state == OPEN or outcome == IGNORED"),
    ("a call is asked for after earlier calls have ended", "reference.py", "self.pending[0][0] <= instant", "self.pending[0][0] < instant"),
    ("calls that end at one moment are settled in the order of lines", "reference.py", "(call.end, call.line, call, permit)", "(call.end, -call.line, call, permit)"),
    ("calls that start at one moment are asked for in the order of lines", "log.py", "(call.start, number, call)", "(call.start, -number, call)"),
    ("a line waits for `--disorder`", "log.py", "newest - waiting[0][0] >= disorder", "newest - waiting[0][0] > disorder"),
    ("the recovery delay begins with the span's last failure", "reference.py", "if begin <= instant <= end", "if begin <= instant < end"),
    ("an unbeaten tuning may have an equal", "reference.py", "max(better) > 0", "True"),
]  # fmt: skip


def shows(binary, file, old, new):
    """Returns what the comparison says of a broken reference, or None if it sees nothing."""
    with tempfile.TemporaryDirectory() as folder:
        broken = shutil.copytree(Path(__file__).parent, Path(folder) / "replay")
        text = (broken / file).read_text()
        assert text.count(old) == 1, f"{file} has `{old}` {text.count(old)} times"
        (broken / file).write_text(text.replace(old, new))
        command = [sys.executable, broken / "compare.py", binary, "--brief"]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 1 and done.stdout else None


def main():
    unseen = 0
    for rule, *change in MUTATIONS:
        seen = shows(Path(sys.argv[1]).resolve(), *change)
        print(f"{'seen' if seen else 'UNSEEN'}: {rule}: {seen}", flush=True)
        unseen += seen is None
    print(f"mutations: {len(MUTATIONS)} rules broken, {unseen} unseen")
    return unseen > 0


if __name__ == "__main__":
    sys.exit(main())
