#!/usr/bin/python3
"""Lets libFuzzer search every target for a while, from the committed corpus and the examples.

What breaks a target is kept in the build folder, with the command that repeats it; put it into the
target's corpus, and the ordinary test run has it for ever. --keep writes what was found to be new
ground into the committed corpus: few files, and small ones. Those with a name of their own stay.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
BYTES_MAX = 4096   # Of an input: these decoders have no depth that needs more.
KEPT_MAX = 16      # Files of a committed corpus, beside those with a name.
MEMORY_MIB = 1024
KEPT_BYTES_MAX = 512
NAMED_BY_HASH = re.compile(r"[0-9a-f]{40}")


def run(program, target, *arguments, **more):
    return subprocess.run([program.resolve(), *map(str, arguments)], env=os.environ | {
        "LIANMENG_FUZZ_TARGET": target, "ASAN_OPTIONS": "detect_leaks=0"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)


def search(program, target, work, seconds):
    """Whether nothing broke, and a line of what was seen."""
    grown, found = work / "corpus" / target, work / "found"
    for folder in (grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    done = run(program, target, f"-max_total_time={seconds}", f"-max_len={BYTES_MAX}",
               f"-rss_limit_mb={MEMORY_MIB}", "-timeout=10", "-print_final_stats=1",
               f"-artifact_prefix={found}/{target}-", grown, *committed(target))
    said = done.stdout.decode("utf-8", errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s+(\d+)", said)
    cover = re.findall(r"cov: (\d+)", said)
    line = f"{target}: {int(runs[1]) if runs else 0:,} runs, {cover[-1] if cover else 0} edges"
    if done.returncode == 0:
        return True, f"ok   {line}"
    broken = re.search(r"Test unit written to (\S+)", said)
    tail = "\n".join("    | " + text for text in said.splitlines()[-60:])
    repeat = f"LIANMENG_FUZZ_TARGET={target} {program} {broken[1] if broken else '?'}"
    return False, f"FAIL {line}\n{tail}\n    repeat it: {repeat}"


def committed(target):
    folder = CORPUS / target
    return [folder] if folder.is_dir() else []


def keep(program, target, work):
    """The least set that reaches as far as all that was found, into the committed corpus."""
    least = work / "least" / target
    shutil.rmtree(least, ignore_errors=True)
    least.mkdir(parents=True)
    run(program, target, "-merge=1", f"-max_len={BYTES_MAX}",
        f"-artifact_prefix={work / 'found'}/{target}-", least, work / "corpus" / target,
        *committed(target))
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if NAMED_BY_HASH.fullmatch(file.name):
            file.unlink()
    small = [file for file in least.iterdir() if file.stat().st_size <= KEPT_BYTES_MAX]
    for file in sorted(small, key=lambda path: path.stat().st_size)[-KEPT_MAX:]:
        shutil.copy(file, folder / file.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--filter", default="", help="only targets whose name holds this")
    parser.add_argument("--keep", action="store_true", help="renew the committed corpus")
    options = parser.parse_args()
    program = options.build / "bin" / "lianmeng-fuzz"
    work = options.build / "fuzz"
    run(program, "examples", work / "corpus")
    targets = run(program, "list").stdout.decode().split()
    failed = passed = 0
    for target in targets:
        if options.filter not in target:
            continue
        right, line = search(program, target, work, options.seconds)
        print(line, flush=True)
        passed += right
        failed += not right
        if options.keep:
            keep(program, target, work)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
