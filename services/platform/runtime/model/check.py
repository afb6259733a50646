#!/usr/bin/python3
"""Searches the model of the chain through with SPIN: as it stands, and with each rule left out.

As it stands no promise may break, whatever the network and the writers do within the bounds of a
set. With a rule left out SPIN must find the promise that breaks for want of it: a model in which
nothing can go wrong proves nothing. `check.py --show RULE` prints that counterexample step by step.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).resolve().parent / "chain.pml"
MEMORY_MIB = 1800  # Of each of two searches at a time.
SEARCH_S = 170
DEPTH_MAX = 100_000

# (what can happen, sizes and faults)
HOLDS = [
    ("two writers, reads at any time", "REQUESTS=3 READS=1"),
    ("two writers, a policy", "REQUESTS=2 FOREIGN=2 RECORDS=5"),
    ("three writers", "WRITERS=3 REQUESTS=3 RECORDS=5"),
    ("three writers, a policy, one record a batch", "WRITERS=3 REQUESTS=1 FOREIGN=2 BATCH=1 RECORDS=4"),
    ("an unknown outcome: late, lost, in any order",
     "REQUESTS=3 UNKNOWNS=1 EXPIRIES=1 RECORDS=5 ASK_AT_ONCE"),
    ("two unknown outcomes", "REQUESTS=2 UNKNOWNS=2 RECORDS=5 ASK_AT_ONCE"),
    ("an unknown outcome, three writers",
     "WRITERS=3 REQUESTS=3 UNKNOWNS=1 BATCH=1 RECORDS=5 ASK_AT_ONCE"),
    ("an unknown outcome, asked again elsewhere",
     "REQUESTS=2 REPEATS=1 UNKNOWNS=1 RECORDS=5 ASK_AT_ONCE"),
    ("a crash, asked again elsewhere, a read",
     "REQUESTS=2 REPEATS=1 CRASHES=1 READS=1 RECORDS=5 ASK_AT_ONCE"),
    ("a policy, an unknown outcome, a crash",
     "REQUESTS=1 FOREIGN=1 UNKNOWNS=1 CRASHES=1 RECORDS=5 ASK_AT_ONCE"),
    ("a failed append, a doubled record, a gap",
     "REQUESTS=3 DOUBLES=1 GAPS=1 FAILURES=1 RECORDS=5 ASK_AT_ONCE"),
]

# (rule, what is left out, sizes and faults, the promise that must break)
BREAKS = [
    ("LEAVE_OUT_PREV", "valid is what landed at the offset it was decided for; one record is missing",
     "REQUESTS=3 UNKNOWNS=1", "each_is_decided_on_the_state_that_it_follows"),
    ("LEAVE_OUT_PREV", "the same: two writers void each other for ever",
     "REQUESTS=1 FOREIGN=3 BATCH=1", "one_writer_always_gets_on"),
    ("LEAVE_OUT_PREV", "the same: the log is mirrored without its gaps",
     "REQUESTS=3 BATCH=1 GAPS=1", "a_mirror_has_the_same_valid_records"),
    ("LEAVE_OUT_RIGHT_BEHIND", "a batch is taken for valid wherever it landed",
     "REQUESTS=3", "what_is_acknowledged_is_in_the_log"),
    ("LEAVE_OUT_DURABLE", "acknowledged from the overlay",
     "REQUESTS=2", "what_is_acknowledged_is_in_the_log"),
    ("LEAVE_OUT_UNKNOWN", "an unknown outcome is taken for a failed one",
     "REQUESTS=2 UNKNOWNS=1", "what_was_denied_stays_undone"),
    ("LEAVE_OUT_FURTHER_NO_OPS", "one no-op settles: the tip has moved",
     "REQUESTS=3 UNKNOWNS=1 EXPIRIES=1", "what_was_denied_stays_undone"),
    ("LEAVE_OUT_CURRENT_VIEW", "a host that lags refuses on what it has read",
     "REQUESTS=3", "a_refusal_was_right_while_it_was_asked"),
    ("LEAVE_OUT_KEPT_REFUSALS", "a repeat's refusal leaves no record",
     "REQUESTS=2 REPEATS=1 UNKNOWNS=1", "what_was_denied_stays_undone"),
    ("LEAVE_OUT_REQUEST_IDS", "requests are not recognised",
     "REQUESTS=2 REPEATS=1", "what_was_denied_stays_undone"),
    ("LEAVE_OUT_REQUEST_IDS", "the same, searched the other way round",
     "REQUESTS=2 REPEATS=1 T_REVERSE", "each_request_happens_once"),
    ("LEAVE_OUT_CAUSE", "a policy's position is kept apart from the fold",
     "REQUESTS=1 FOREIGN=1", "each_cause_is_answered_once_in_order"),
    ("LEAVE_OUT_END_OF_LOG", "a read is answered from what is there",
     "REQUESTS=3 READS=1", "a_read_sees_what_was_acknowledged_before"),
    ("LEAVE_OUT_CHAIN_OUTSIDE", "a consumer outside drops repeated ids and knows no chain",
     "REQUESTS=1 FOREIGN=1", "a_consumer_outside_hears_of_each_once"),
    ("DEPOSED_LEADER", "no rule: a deposed leader tells an old end, the limit of the promise",
     "REQUESTS=3 READS=1", "a_read_sees_what_was_acknowledged_before"),
]


def defines(words):
    return ["-D" + word for word in words.split()]


def search(folder, words):
    """What pan says, or why there is no pan."""
    order = [word for word in defines(words) if word == "-DT_REVERSE"]
    for command in (["spin", "-a", *defines(words), str(MODEL)],
                    ["gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", f"-DMEMLIM={MEMORY_MIB}", *order,
                     "-o", "pan", "pan.c"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0 or "Error" in done.stdout:
            return f"{command[0]} failed: {done.stdout}{done.stderr}"
    try:
        done = subprocess.run(["./pan", f"-m{DEPTH_MAX}"], cwd=folder, capture_output=True,
                              text=True, timeout=SEARCH_S, check=False)
    except subprocess.TimeoutExpired:
        return f"not searched through after {SEARCH_S} s"
    return done.stdout + done.stderr


def check(name, words, promise):
    """(right, line): without a promise nothing may break; else that promise must."""
    with tempfile.TemporaryDirectory(prefix="lianmeng-model-") as folder:
        said = search(folder, words)
    broken = re.search(r"assertion violated (\w+)", said)
    errors = re.search(r"errors: (\d+)", said)
    states = re.search(r"(\d+) states, stored", said)
    seconds = re.search(r"elapsed time ([\d.e+-]+) s", said)
    memory = re.search(r"([\d.]+)\s+total actual memory", said)
    whole = errors and not re.search(r"max search depth too small|out of memory|reached -DMEMLIM", said)
    if promise is None:
        right = bool(whole) and errors[1] == "0"
    else:
        right = bool(broken) and broken[1] == promise
    if not states:
        return False, f"FAIL {name}: {said.strip()[-2000:]}"
    found = broken[1] if broken else "nothing breaks" if whole else "not searched through"
    return right, (f"{'ok  ' if right else 'FAIL'} {name}: {int(states[1]):,} states, "
                   f"{float(seconds[1]):.1f} s, {float(memory[1]):.0f} MiB: {found}")


def show(rule):
    for name, what, words, _ in BREAKS:
        if name != rule:
            continue
        with tempfile.TemporaryDirectory(prefix="lianmeng-model-") as folder:
            search(folder, f"{words} {rule}")
            # The shortest that a search of lesser and lesser depth finds.
            subprocess.run(["./pan", "-i", f"-m{DEPTH_MAX}"], cwd=folder, capture_output=True,
                           timeout=SEARCH_S, check=False)
            print(f"{rule}: {what} ({words})", flush=True)
            subprocess.run(["spin", "-t", "-p", "-g", "-l", *defines(f"{words} {rule}"), str(MODEL)],
                           cwd=folder, check=False)
        return
    sys.exit(f"there is no rule {rule}; there are: {', '.join(sorted({b[0] for b in BREAKS}))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--show", metavar="RULE", help="print what goes wrong without that rule")
    options = parser.parse_args()
    if shutil.which("spin") is None:
        print("there is no spin; install it: apt-get install spin")
        print("0 passed, 1 failed")
        sys.exit(1)
    if options.show:
        return show(options.show)
    todo = [(f"holds: {name} ({words})", words, None) for name, words in HOLDS]
    todo += [(f"{rule}: {what} ({words})", f"{words} {rule}", promise)
             for rule, what, words, promise in BREAKS]
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        failed = 0
        for right, line in pool.map(lambda one: check(*one), todo):
            print(line, flush=True)
            failed += not right
    print(f"{len(todo) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
