"""Breaks a cluster of real processes on real brokers in every way that lianmeng-chaos knows, each
on brokers of its own kind; in a network namespace of its own, where hosts can be cut off.
"""

import argparse
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import brokers  # noqa: E402

# How often in ./tests/run, and how often with --long; `both` counts seconds.
FAULTS = {"kill": (20, 1000), "zombie": (10, 500), "both": (60, 1800), "broker": (10, 500),
          "cut": (10, 200), "disk": (3, 50), "clock": (4, 100)}
NAMESPACE = "LIANMENG_CHAOS_NAMESPACE"


def enter_namespace():
    """Comes back in a network namespace that has nothing but a loopback."""
    if os.environ.get(NAMESPACE):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if os.geteuid() != 0:
        sys.exit("tests/chaos/run: a network namespace is made by root alone; run it with sudo.")
    os.environ[NAMESPACE] = "1"
    os.execvp("unshare", ["unshare", "--net", "--", sys.executable, "-B", *sys.argv])


def run(args, fault, cluster):
    times = args.times or FAULTS[fault][1 if args.long else 0]
    amount = ["--seconds", args.seconds or times] if fault == "both" else ["--times", times]
    command = [args.build / "bin" / "lianmeng-chaos", "--bin", args.build / "bin",
               "--bootstrap", cluster.bootstrap, "--kafka-data", cluster.folder,
               "--kafka-up", ROOT / "deploy" / "kafka" / "up", "--fault", fault, *amount,
               "--hosts", args.hosts, "--seed", args.seed]
    return subprocess.run([str(part) for part in command]).returncode == 0


def main():
    parser = argparse.ArgumentParser(
        prog="tests/chaos/run", description="Breaks a cluster of real processes on real brokers under "
        "load, and looks whether every acknowledged command is there exactly once, in the log and in "
        "every replica. Needs root, and what ./tests/run has installed and built.")
    parser.add_argument("--fault", action="append", choices=list(FAULTS),
                        help="this one; may be repeated (default: all)")
    parser.add_argument("--times", type=int, help="how often")
    parser.add_argument("--seconds", type=int, help="how long, of the fault `both`")
    parser.add_argument("--long", action="store_true",
                        help="hours: " + ", ".join(f"{f} {n[1]}" for f, n in FAULTS.items()))
    parser.add_argument("--version", choices=brokers.VERSIONS, default=brokers.VERSIONS[-1])
    parser.add_argument("--brokers", type=int, choices=[1, 3],
                        help="how many (default 1; for the fault `broker` both, in turn)")
    parser.add_argument("--hosts", type=int, default=2, help="of each service (default 2)")
    parser.add_argument("--seed", type=int, default=0, help="draws load and moments")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    args = parser.parse_args()
    brokers.call("up", "--fetch", "--version", args.version)  # While there is a network.
    enter_namespace()
    passed = failed = 0
    for count in [args.brokers] if args.brokers else [1, 3]:
        faults = [f for f in args.fault or FAULTS if args.brokers or count == 1 or f == "broker"]
        if not faults:
            continue
        with brokers.Cluster(args.version, count=count, settings=[]) as cluster:
            for fault in faults:
                print(f"{fault}, brokers: {count}", flush=True)
                if run(args, fault, cluster):
                    passed += 1
                else:
                    failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
