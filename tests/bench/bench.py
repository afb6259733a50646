"""Measures a real server with the load generator beside it, and prints every figure next to the
limit that it is judged by, which is taken in the same run on the same machine.

What is compared is measured in turns (A/B/A/B), so that a machine that slows down or speeds up does
so for both; the table shows medians.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RESULTS = pathlib.Path(__file__).resolve().parent / "results"
IN_FLIGHT = [1, 16, 64, 256]
BATCH, BATCHES_IN_FLIGHT = 100, 4
TO_REACH = 0.5  # Of an empty RPC's rate at 64 in flight.
FOLD_MEMORY_TO_REACH = 0.5  # Of decoding the same records and inserting the same rows.
FOLD_ROCKSDB_TO_REACH = 0.6  # Of the same commits as raw WriteBatches.


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """`lianmeng` on free ports with a data folder of its own."""

    def __init__(self, binary, data):
        self.binary, self.data = binary, data
        self.process = None
        self.rpc, self.ops = free_port(), free_port()

    @property
    def address(self):
        return f"127.0.0.1:{self.rpc}"

    def start(self):
        """Starts it; the seconds until it is ready."""
        began = time.monotonic()
        output = open(self.data.parent / "server.log", "ab")
        self.process = subprocess.Popen(
            [self.binary, f"--data.path={self.data}", f"--rpc.listen=127.0.0.1:{self.rpc}",
             f"--ops.listen=127.0.0.1:{self.ops}"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        output.close()
        while not self.ready():
            if self.process.poll() is not None:
                sys.exit(f"tests/bench/run: lianmeng ended by itself; {self.data.parent}/server.log "
                         "tells why.")
            if time.monotonic() - began > 600:
                sys.exit("tests/bench/run: lianmeng is not ready after ten minutes.")
            time.sleep(0.005)
        return time.monotonic() - began

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ops}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def resident_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


class Load:
    """The load generator, against one server."""

    def __init__(self, binary, server, counties):
        self.binary, self.server, self.counties = binary, server, counties

    def call(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"tests/bench/run: lianmeng-load {' '.join(map(str, arguments))}\n"
                     f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def setup(self):
        self.call("setup", "--address", self.server.address, "--counties", self.counties)

    def run(self, mode, in_flight, seconds, warm_up=0.5, **more):
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in more.items()]
        return self.call(
            "run", "--address", self.server.address, "--counties", self.counties, "--mode", mode,
            "--in-flight", in_flight, "--duration-ms", int(seconds * 1000), "--warm-up-ms",
            int(warm_up * 1000), "--server-pid", self.server.process.pid, *flags)

    def fill(self, commands):
        return self.call(
            "run", "--address", self.server.address, "--counties", self.counties, "--mode", "batch",
            "--in-flight", BATCHES_IN_FLIGHT, "--batch", BATCH, "--commands", commands,
            "--server-pid", self.server.process.pid)

    def sync(self, folder, seconds):
        return self.call("fdatasync", "--folder", folder, "--duration-ms", int(seconds * 1000))

    def info(self):
        return self.call("info", "--address", self.server.address)


def median_of(rounds):
    """Of each number in dictionaries alike."""
    first = rounds[0]
    return {name: statistics.median(r[name] for r in rounds)
            for name, value in first.items() if isinstance(value, (int, float))}


def measure_calls(load, folder, rounds, seconds):
    """Commands beside empty calls at each number in flight, in turns."""
    gathered = {}

    def keep(name, result):
        gathered.setdefault(name, []).append(result)

    for turn in range(rounds):
        progress(f"calls, round {turn + 1} of {rounds}")
        keep("fdatasync", load.sync(folder, min(seconds, 2)))
        for in_flight in IN_FLIGHT:
            keep(f"ping {in_flight}", load.run("ping", in_flight, seconds))
            keep(f"unary {in_flight}", load.run("unary", in_flight, seconds))
        keep("batch", load.run("batch", BATCHES_IN_FLIGHT, seconds, batch=BATCH))
    return {name: median_of(results) for name, results in gathered.items()}, gathered


def measure_restart(server, load, folder, rounds, demands):
    """A loaded server, killed; each start from the same copy of its folder."""
    figures = {"demands": demands}
    server.start()
    load.setup()
    time.sleep(1)
    figures["idle_mib"] = server.resident_mib()
    progress(f"fills in {demands} demands and as many comments")
    filled = load.fill(2 * demands)
    figures["fill_per_second"] = filled["per_second"]
    await_quiet(load)
    figures["loaded_mib"] = server.resident_mib()
    figures["events"] = load.info()["all_events"]
    server.kill()
    figures["log_mib"] = size_mib(server.data / "log")
    figures["store_mib"] = size_mib(server.data / "store")
    kept = folder / "kept"
    shutil.move(server.data, kept)

    restarts, folds, after = [], [], []
    for turn in range(rounds):
        progress(f"restart and fold, round {turn + 1} of {rounds}")
        for times, with_store in ((restarts, True), (folds, False)):
            shutil.rmtree(server.data, ignore_errors=True)
            subprocess.run(["cp", "-a", "--reflink=auto", kept, server.data], check=True)
            if not with_store:
                shutil.rmtree(server.data / "store")
            times.append(server.start())
            if not with_store:
                after.append(server.resident_mib())
            server.kill()
    figures["restart_s"] = statistics.median(restarts)
    figures["fold_s"] = statistics.median(folds)
    figures["fold_mib"] = statistics.median(after)
    figures["fold_per_second"] = figures["events"] / figures["fold_s"]
    figures["restarts_s"], figures["folds_s"] = restarts, folds
    return figures


def measure_fold(server, load, fold_binary, folder, rounds, records):
    """The log of a loaded and stopped server, folded on one core beside what that must cost."""
    progress("fold on one core")
    server.start()
    load.setup()
    load.fill(records)
    await_quiet(load)
    server.stop()
    done = subprocess.run(
        [fold_binary, "--log", server.data / "log", "--folder", folder, "--rounds", str(rounds),
         "--records", str(records)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tests/bench/run: lianmeng-fold-bench\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def await_quiet(load):
    """Until the services that follow have nothing left to do."""
    before, since = None, time.monotonic()
    while True:
        now = load.info()["all_events"]
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > 2:
            return
        time.sleep(0.2)


def size_mib(folder):
    files = (f for f in folder.rglob("*") if f.is_file())
    return sum(f.stat().st_blocks * 512 for f in files) / 1024 / 1024


def progress(text):
    print(f"… {text}", file=sys.stderr, flush=True)


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        lines.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            lines.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def ms(microseconds):
    value = microseconds / 1000
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def share(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "–"


def rows_of_calls(calls):
    sync = calls["fdatasync"]
    rows = [["what", "commands/s", "p50 ms", "p99 ms", "server CPU µs each", "beside", "judged by"]]

    def cpu(result):
        return f"{1e6 * result['server_cpu_seconds'] / max(1, result['commands']):.0f}"

    rows.append(["fdatasync of 4 KiB, one after another", f"{sync['per_second']:.0f}",
                 ms(sync["p50_us"]), ms(sync["p99_us"]), "", "", ""])
    for in_flight in IN_FLIGHT:
        ping, unary = calls[f"ping {in_flight}"], calls[f"unary {in_flight}"]
        rows.append([f"empty RPC, {in_flight} in flight", f"{ping['per_second']:.0f}",
                     ms(ping["p50_us"]), ms(ping["p99_us"]), cpu(ping), "", ""])
        verdict = ""
        if in_flight == 64:
            reached = unary["per_second"] >= TO_REACH * ping["per_second"]
            verdict = "to reach: 50 % of the empty RPC: " + ("reached" if reached else "NOT reached")
        elif in_flight == 1:
            floor = ping["p50_us"] + sync["p50_us"]
            verdict = f"p50 {unary['p50_us'] / floor:.1f} × (empty RPC + fdatasync); no limit yet"
        rows.append([f"command, {in_flight} in flight", f"{unary['per_second']:.0f}",
                     ms(unary["p50_us"]), ms(unary["p99_us"]), cpu(unary),
                     share(unary["per_second"], ping["per_second"]) + " of the empty RPC", verdict])
    batch = calls["batch"]
    rows.append([f"batches of {BATCH}, {BATCHES_IN_FLIGHT} in flight", f"{batch['per_second']:.0f}",
                 ms(batch["p50_us"]), ms(batch["p99_us"]), cpu(batch),
                 f"{batch['per_second'] / calls['unary 64']['per_second']:.1f} × command, 64 in flight",
                 "no limit yet"])
    return rows


def rows_of_fold(fold):
    def row(name, result, beside="", verdict=""):
        return [name, f"{result['events_per_second']:.0f}", f"{result['cpu_us_per_event']:.1f}",
                f"{result['wall_us_per_event']:.1f}", beside, verdict]

    def verdict(part, least):
        return (f"to reach: {100 * least:.0f} %: " +
                ("reached" if part["share"] >= least else "NOT reached"))

    memory, rocks = fold["memory"], fold["rocksdb"]
    return [
        ["fold on one core", "events/s", "CPU µs each", "wall µs each", "beside", "judged by"],
        row("decode + insert the same rows", memory["decode_and_insert"],
            f"{memory['rows_per_event']:.1f} rows and {memory['row_bytes_per_event']:.0f} bytes of "
            "them an event"),
        row("fold into memory tables", memory["fold"],
            f"{100 * memory['share']:.0f} % of decode + insert",
            verdict(memory, FOLD_MEMORY_TO_REACH)),
        row("fold, flushed into the memory store", memory["fold_and_flush"],
            f"{100 * memory['share_with_flush']:.0f} % of decode + insert"),
        row("raw WriteBatch of the same commits", rocks["write_batches"],
            f"{rocks['rows_per_event']:.1f} rows an event in {rocks['commits']} commits"),
        row("fold into a fresh RocksDB store", rocks["fold"],
            f"{100 * rocks['share']:.0f} % of raw WriteBatch",
            verdict(rocks, FOLD_ROCKSDB_TO_REACH)),
    ]


def rows_of_restart(r):
    return [
        ["what", "figure", "beside", "judged by"],
        [f"{r['demands']} demands and as many comments in batches", f"{r['fill_per_second']:.0f} commands/s",
         f"{r['events']} events in all services", "no limit yet"],
        ["log and store on disk", f"{r['log_mib']:.0f} and {r['store_mib']:.0f} MiB",
         f"{1048576 * r['log_mib'] / r['events']:.0f} bytes of log an event", "no limit yet"],
        ["start after kill -9 until ready", f"{r['restart_s']:.2f} s",
         share(r["restart_s"], r["fold_s"]) + " of folding anew", "“seconds” (design); no limit yet"],
        ["start with the store deleted until ready", f"{r['fold_s']:.2f} s",
         f"{r['fold_per_second']:.0f} events/s", "no limit yet"],
        ["memory, idle", f"{r['idle_mib']:.0f} MiB", "", "no limit yet"],
        ["memory, loaded", f"{r['loaded_mib']:.0f} MiB", f"{r['fold_mib']:.0f} MiB after folding anew",
         "bounded by configuration (design)"],
    ]


def machine():
    model = next((line.split(":", 1)[1].strip()
                  for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "load_average": os.getloadavg()[0]}


def main():
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description="Measures lianmeng on this machine: commands beside empty "
        "calls and a bare fdatasync, restart, fold and memory. Also takes --build FOLDER.")
    parser.add_argument("--quick", action="store_true", help="one round and less data: a minute or so")
    parser.add_argument("--only", choices=["calls", "fold", "restart"], help="one part")
    parser.add_argument("--rounds", type=int, help="how often each is measured (default 3)")
    parser.add_argument("--seconds", type=float, help="how long each call is measured (default 4)")
    parser.add_argument("--demands", type=int, help="for restart and fold (default 100,000)")
    parser.add_argument("--folder", type=pathlib.Path, help="where data is written (default: TMPDIR)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help=argparse.SUPPRESS)
    args = parser.parse_args()
    rounds = args.rounds or (1 if args.quick else 3)
    seconds = args.seconds or (2 if args.quick else 4)
    demands = args.demands or (10_000 if args.quick else 100_000)
    binary, load_binary, fold_binary = (
        args.build / "bin" / name for name in ("lianmeng", "lianmeng-load", "lianmeng-fold-bench"))

    results = {"machine": machine(), "rounds": rounds, "seconds": seconds,
               "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lianmeng-bench-", dir=args.folder))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)

        def fresh(name):
            (folder / name).mkdir()
            server = Server(binary, folder / name / "data")
            stack.callback(lambda: server.process and server.process.poll() is None and server.kill())
            return server, Load(load_binary, server, folder / name / "counties.json")

        if args.only in (None, "calls"):
            server, load = fresh("calls")
            server.start()
            load.setup()
            load.run("unary", 64, 1, 0)
            results["calls"], results["rounds_of_calls"] = measure_calls(
                load, folder, rounds, seconds)
            server.stop()
            print(table(rows_of_calls(results["calls"])), end="\n\n", flush=True)
        if args.only in (None, "fold"):
            server, load = fresh("fold")
            results["fold"] = measure_fold(server, load, fold_binary, folder, rounds,
                                           20_000 if args.quick else 100_000)
            print(table(rows_of_fold(results["fold"])), end="\n\n", flush=True)
        if args.only in (None, "restart"):
            server, load = fresh("restart")
            results["restart"] = measure_restart(
                server, load, folder / "restart", rounds, demands)
            print(table(rows_of_restart(results["restart"])), end="\n\n", flush=True)

    RESULTS.mkdir(exist_ok=True)
    out = RESULTS / time.strftime("%Y%m%d-%H%M%S.json", time.gmtime())
    out.write_text(json.dumps(results, indent=1) + "\n")
    print(f"{results['machine']['cores']} cores, {results['machine']['cpu']}; load average at the start "
          f"{results['machine']['load_average']:.1f}. Written to {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
