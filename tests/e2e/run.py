"""Runs the end-to-end tests against built binaries; the last line is `N passed, N failed`.

    run.py [--build build] [Class | Class.test | module …]
"""

import argparse
import pathlib
import sys
import time
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import harness  # noqa: E402


class Outcome(unittest.TextTestResult):
    """Counts what passed and tells how long each test took."""

    def __init__(self, *args):
        super().__init__(*args)
        self.passed = 0
        self.started = 0.0

    def startTest(self, test):
        self.started = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.passed += 1
        super().addSuccess(test)
        self.stream.writeln(f"       {time.monotonic() - self.started:.1f} s")


def select(suite, names):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from select(item, names)
        elif not names or any(name in item.id().split(".") or item.id().endswith(name)
                              for name in names):
            yield item


def main():
    parser = argparse.ArgumentParser(prog="tests/e2e/run.py")
    parser.add_argument("--build", default=str(harness.ROOT / "build"))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    harness.use_build(pathlib.Path(options.build).resolve())
    found = unittest.defaultTestLoader.discover(str(HERE), pattern="*_test.py")
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Outcome)
    outcome = runner.run(unittest.TestSuite(select(found, options.names)))
    failed = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.passed} passed, {failed} failed")
    sys.exit(0 if outcome.passed and not failed else 1)


if __name__ == "__main__":
    main()
