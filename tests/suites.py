"""Runs the suites that ./tests/run has built and sums them up.

A test program is what CTest knows, with one of the labels unit, contract, fuzz, kafka, model,
simulation, crash, chaos, e2e.
GoogleTest programs count by case; another program counts by its own last line
`N passed, N failed`, or else as one. Unit and contract tests run two at a time, as do the halves of
a simulation's seeds; the others run alone, since they measure or load the machine.

A kafka test runs once for each version of Kafka and finds a broker of it in its environment
(brokers.py); with the second label `secure` one that asks for TLS and a password, with the second
label `once` it runs once and starts its own.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import brokers

ROOT = pathlib.Path(__file__).resolve().parent.parent

# In the order in which they run: what fails soonest and tells most comes first.
SUITES = ["tidy", "buf", "unit", "contract", "fuzz", "kafka", "model", "simulation", "crash", "chaos",
          "e2e"]
QUICK = ["tidy", "buf", "unit", "contract", "fuzz", "simulation"]
SIDE_BY_SIDE = {"unit", "contract", "simulation"}
SEEDS, QUICK_SEEDS = 2000, 25
# What a sanitizer's report leaves out stands in tests/sanitizers, with the reason of each line.
SUPPRESSIONS = ROOT / "tests" / "sanitizers"
SANITIZERS = {
    "TSAN_OPTIONS": f"suppressions={SUPPRESSIONS}/tsan.supp:halt_on_error=1",
    "ASAN_OPTIONS": "detect_leaks=1",
    "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}/lsan.supp",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}
# How much longer a program may take in a build with a sanitizer.
SLOWER = 6
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed$")
SKIPPED = re.compile(r" \.\.\. skipped ['\"](.*)['\"]$", re.MULTILINE)  # As Python's unittest says it.


@dataclasses.dataclass
class Test:
    name: str
    suite: str
    command: list  # None when it is not built.
    folder: str
    timeout_s: float
    environment: dict
    labels: tuple = ()


@dataclasses.dataclass
class Outcome:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    output: str = ""
    failures: list = dataclasses.field(default_factory=list)


def ctest_tests(build):
    listed = subprocess.run(
        ["ctest", "--test-dir", build, "--show-only=json-v1"],
        check=True, capture_output=True, text=True)
    patience = SLOWER if build.rstrip("/").endswith(("-asan", "-tsan")) else 1
    tests = []
    for entry in json.loads(listed.stdout)["tests"]:
        properties = {p["name"]: p["value"] for p in entry.get("properties", [])}
        labels = properties.get("LABELS", [])
        suite = next((label for label in labels if label in SUITES), "unit")
        environment = dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", []))
        tests.append(Test(entry["name"], suite, entry.get("command"),
                          properties.get("WORKING_DIRECTORY", build),
                          patience * float(properties.get("TIMEOUT", 900)), environment,
                          tuple(labels)))
    return tests


def script_tests(build):
    """The checks of the tree itself, which are no part of the build."""
    contract = ROOT / "tests" / "contract"
    python = sys.executable

    def script(name, suite, *command):
        return Test(name, suite, [str(part) for part in command], str(ROOT), 900, {})

    return [
        script("tidy_test", "tidy", python, "-B", contract / "tidy_test.py"),
        script("tidy", "tidy", python, "-B", contract / "tidy.py", "--build", build),
        script("buf", "buf", contract / "buf" / "check"),
    ]


def split_seeds(test, first, seeds):
    """A simulation as two programs of half its seeds each, or as one when there is one seed."""
    if "seeded" not in test.labels:  # Takes --seeds=N --first=N.
        return [test]
    halves = [(first, seeds - seeds // 2), (first + seeds - seeds // 2, seeds // 2)]
    return [
        dataclasses.replace(
            test, name=f"{test.name} {start}..{start + count - 1}",
            command=test.command and test.command + [f"--seeds={count}", f"--first={start}"])
        for start, count in halves if count > 0]


def read_gtest_report(path, outcome):
    """False when the program left no whole report: it crashed, or is not GoogleTest's."""
    try:
        report = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError):
        return False
    for case in report["testsuites"]:
        for test in case["testsuite"]:
            if test.get("result") == "SKIPPED":
                skip(f"{case['name']}.{test['name']}", outcome)
                continue
            if test.get("status") != "RUN":
                continue
            if test.get("failures"):
                outcome.failed += 1
                outcome.failures.append(f"{case['name']}.{test['name']}")
            else:
                outcome.passed += 1
    return True


def read_skips(text):
    """Of each line the program, the pattern of a case and the reason."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(re.split(r"  +", line, maxsplit=2)) for line in lines]


def skip(case, outcome):
    """Counts what was passed over; it fails unless it stands in skips.txt."""
    program = outcome.name.split(" ")[0]  # Without the version of Kafka.
    known = read_skips((ROOT / "tests" / "skips.txt").read_text(encoding="utf-8"))
    if any(name == program and re.fullmatch(pattern, case) for name, pattern, _ in known):
        outcome.skipped += 1
    else:
        outcome.failed += 1
        outcome.failures.append(f"{case} was passed over and does not stand in tests/skips.txt")


def run(test, scratch):
    outcome = Outcome(test.name)
    if not test.command:
        return Outcome(test.name, failed=1, failures=["it is not built"])
    report = pathlib.Path(scratch) / f"{test.name}.json"
    reports = tempfile.mkdtemp(prefix="sanitizer-", dir=scratch)
    environment = os.environ | {"GTEST_OUTPUT": f"json:{report}", "GTEST_COLOR": "no"}
    environment |= {name: f"{options}:log_path={reports}/report:{os.environ.get(name, '')}"
                    for name, options in SANITIZERS.items()}
    environment |= test.environment
    started = time.monotonic()
    process = subprocess.Popen(
        test.command, cwd=test.folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    timed_out = False
    try:
        output, _ = process.communicate(timeout=test.timeout_s)
    except subprocess.TimeoutExpired:
        timed_out = True
        os.killpg(process.pid, signal.SIGKILL)  # With what it started itself.
        output, _ = process.communicate()
    outcome.seconds = time.monotonic() - started
    outcome.output = output.decode("utf-8", errors="replace")
    lines = outcome.output.rstrip().splitlines()
    counts = COUNTS.match(lines[-1].strip()) if lines else None
    reported = read_gtest_report(report, outcome)
    if not reported and counts:
        outcome.passed, outcome.failed = int(counts[1]), int(counts[2])
    for reason in SKIPPED.findall(outcome.output):
        skip(reason, outcome)
    if timed_out:
        outcome.failed += 1
        outcome.failures.append(f"not done after {test.timeout_s:.0f} s")
    elif process.returncode != 0 and outcome.failed == 0:
        outcome.failed = 1
        outcome.failures.append(f"exit code {process.returncode}")
    elif process.returncode == 0 and not reported and not counts:
        outcome.passed = 1
    add_reports(pathlib.Path(reports), outcome)
    return outcome


def add_reports(folder, outcome):
    """A sanitizer's report fails the test whose process, or whose server, wrote it, also when nobody
    looked at how that ended."""
    for file in sorted(folder.iterdir()):
        outcome.failed += 1
        text = file.read_text(encoding="utf-8", errors="replace")
        outcome.failures.append(next(
            (line for line in text.splitlines() if line.startswith("SUMMARY")), "a report"))
        outcome.output += f"\n{text}"


def tell(outcome, lock):
    with lock:
        mark = "FAIL" if outcome.failed else "ok"
        print(f"  {mark:<5}{outcome.name:<44}{outcome.passed:>6}{outcome.failed:>5}"
              f"{outcome.seconds:>8.1f} s", flush=True)
        if outcome.failed:
            text = outcome.output.rstrip()
            if len(text) > 12000:
                text = text[:6000] + "\n   […]\n" + text[-6000:]
            print("\n".join("    | " + line for line in text.splitlines()), flush=True)


def run_suite(suite, tests, scratch):
    lock = threading.Lock()
    workers = min(2, os.cpu_count() or 1) if suite in SIDE_BY_SIDE else 1
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for done in concurrent.futures.as_completed(
                [pool.submit(run, test, scratch) for test in tests]):
            outcomes.append(done.result())
            tell(outcomes[-1], lock)
    return outcomes


def run_kafka_suite(tests, scratch):
    """The tests that share a kind of broker after one another, on a fresh one."""
    outcomes = run_suite("kafka", [t for t in tests if "once" in t.labels], scratch)
    for secure in (False, True):
        alike = [t for t in tests if "once" not in t.labels and ("secure" in t.labels) == secure]
        for version in brokers.VERSIONS if alike else []:
            try:
                with brokers.Cluster(version, secure=secure) as cluster:
                    outcomes += run_suite("kafka", [
                        dataclasses.replace(test, name=f"{test.name} {version}",
                                            environment=test.environment | cluster.environment())
                        for test in alike], scratch)
            except brokers.Failed as why:
                outcomes += [Outcome(f"{t.name} {version}", failed=1, failures=[str(why)])
                             for t in alike]
    # Here a test that was passed over is one that did not run.
    for outcome in outcomes:
        if not outcome.passed and not outcome.failed:
            outcome.failed = 1
            outcome.failures.append("no case of it ran")
    return outcomes


def main():
    parser = argparse.ArgumentParser(prog="tests/run")
    parser.add_argument("--build", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=SUITES)
    parser.add_argument("--filter", default="")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--without-kafka", action="store_true")
    options = parser.parse_args()
    seeds = options.seeds or (QUICK_SEEDS if options.quick else SEEDS)
    suites = options.only or (QUICK if options.quick else SUITES)
    if options.without_kafka:
        suites = [suite for suite in suites if suite not in ("kafka", "chaos")]

    os.environ["LIANMENG_BUILD"] = options.build

    everything = script_tests(options.build) + ctest_tests(options.build)
    rows = []
    with tempfile.TemporaryDirectory(prefix="lianmeng-tests-") as scratch:
        for suite in suites:
            tests = [t for t in everything if t.suite == suite and options.filter in t.name]
            print(f"{suite}:", flush=True)
            started = time.monotonic()
            if suite == "simulation":
                tests = [half for t in tests for half in split_seeds(t, options.first, seeds)]
            if suite == "kafka":
                outcomes = run_kafka_suite(tests, scratch)
            else:
                outcomes = run_suite(suite, tests, scratch)
            if not tests and not options.filter:
                outcomes = [Outcome(suite, failed=1, failures=["there is no test of this suite"])]
            rows.append((suite, outcomes, time.monotonic() - started))

    passed = failed = skipped = 0
    print(f"\n{'suite':<14}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>10}")
    for suite, outcomes, seconds in rows:
        suite_passed = sum(o.passed for o in outcomes)
        suite_failed = sum(o.failed for o in outcomes)
        passed += suite_passed
        failed += suite_failed
        suite_skipped = sum(o.skipped for o in outcomes)
        skipped += suite_skipped
        print(f"{suite:<14}{suite_passed:>8}{suite_failed:>8}{suite_skipped:>9}{seconds:>10.1f}")
    print(f"{'all':<14}{passed:>8}{failed:>8}{skipped:>9}{sum(row[2] for row in rows):>10.1f}")
    for _, outcomes, _ in rows:
        for outcome in outcomes:
            for failure in outcome.failures or (["see above"] if outcome.failed else []):
                print(f"failed: {outcome.name}: {failure}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
