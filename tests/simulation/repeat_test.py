#!/usr/bin/python3
"""repeat_test.py PROGRAM: a failure of a simulation prints its seed, and that seed repeats it exactly.

The fault is planted: the simulated log forgets records that it has acknowledged. What the program
says of the seed that fails must be word for word the same when it is told that seed alone.
"""

import os
import re
import subprocess
import sys

SEEDS = 200


def run(program, first, count):
    done = subprocess.run(
        [program, "--gtest_filter=*EverySeed*", "--plant-fault", f"--first={first}", f"--seeds={count}"],
        capture_output=True, text=True, check=False,
        # Its report would be taken for this test's.
        env={name: value for name, value in os.environ.items() if name != "GTEST_OUTPUT"})
    # Times differ between runs; nothing else may.
    lines = [re.sub(r"\(\d+ ms.*\)", "", line) for line in done.stdout.splitlines()]
    return done.returncode, lines


def main(program):
    status, lines = run(program, 1, SEEDS)
    seeds = re.findall(r"repeat it with --first=(\d+) --seeds=1", "\n".join(lines))
    if status == 0 or not seeds:
        print(f"{SEEDS} seeds with a planted fault: status {status}, and no seed is told")
        return False
    again_status, again = run(program, seeds[0], 1)
    if again_status == 0 or again != lines:
        print(f"seed {seeds[0]} does not repeat itself; first:", *lines, "then:", *again, sep="\n  ")
        return False
    print(f"seed {seeds[0]} fails by the planted fault, and again in the same words")
    return True


if __name__ == "__main__":
    good = main(sys.argv[1])
    print("1 passed, 0 failed" if good else "0 passed, 1 failed")
    sys.exit(0 if good else 1)
