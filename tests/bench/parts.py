"""What is measured, part by part. What is compared is measured in turns (A/B/A/B), so that a machine
that slows down or speeds up does so for both; medians are judged.
"""

import json
import shutil
import statistics
import subprocess
import sys
import time

from server import give_up, size_mib

IN_FLIGHT = [1, 16, 64, 256]
READS_IN_FLIGHT = [1, 16]


def progress(text):
    print(f"… {text}", file=sys.stderr, flush=True)


def median_of(rounds):
    """Of each number in dictionaries alike."""
    return {name: statistics.median(r[name] for r in rounds)
            for name, value in rounds[0].items() if isinstance(value, (int, float))}


class Rounds:
    """Results by name, each round's kept."""

    def __init__(self):
        self.gathered = {}

    def keep(self, name, result):
        self.gathered.setdefault(name, []).append(result)

    def medians(self):
        return {name: median_of(results) for name, results in self.gathered.items()}

    def as_json(self):
        return {"medians": self.medians(), "rounds": self.gathered}


def calls(server, load, folder, rounds, seconds):
    """Commands beside empty calls at each number in flight."""
    server.start()
    load.setup()
    load.run("unary", 64, 1, 0)
    load.survey()
    kept = Rounds()
    for turn in range(rounds):
        progress(f"calls, round {turn + 1} of {rounds}")
        kept.keep("fdatasync", load.sync(folder, min(seconds, 2)))
        for in_flight in IN_FLIGHT:
            kept.keep(f"ping {in_flight}", load.run("ping", in_flight, seconds))
            kept.keep(f"unary {in_flight}", load.run("unary", in_flight, seconds))
        # What any answer costs that comes from a loop's thread, without log and fold.
        kept.keep("get 64", load.read("get", 64, seconds))
        kept.keep("batch", load.batches(seconds))
    server.stop()
    return kept.as_json()


def fold(server, load, fold_binary, folder, rounds, records):
    """The log of a loaded and stopped server, folded on one core beside what that must cost."""
    progress("fold on one core")
    server.start()
    load.setup()
    load.fill(records)
    load.await_quiet()
    server.stop()
    done = subprocess.run(
        [fold_binary, "--log", server.data / "log", "--folder", folder, "--rounds", str(rounds),
         "--records", str(records)], capture_output=True, text=True)
    if done.returncode != 0:
        give_up(f"lianmeng-fold-bench\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def million(small, big, rounds, seconds, demands):
    """A server with many demands: memory, reads, rates beside one with few, restart, fold anew.
    `small` and `big` are each a server and its load."""
    figures = {"demands": demands, "few_demands": demands // 100}
    server, load = big
    figures["cache_mib"] = server.cache_mib()
    server.start()
    load.setup()
    load.await_quiet()
    figures["idle_mib"] = server.memory_mib()[0]
    server.kill()
    server.start()
    figures["idle_again_mib"] = server.memory_mib()[0]

    progress(f"fills in {demands} demands and as many comments")
    filled = load.fill(2 * demands)
    figures["fill_per_second"] = filled["per_second"]
    figures["events"] = load.await_quiet()
    figures["loaded_mib"] = server.memory_mib()[0]
    figures["log_mib"] = size_mib(server.data / "log")
    figures["store_mib"] = size_mib(server.data / "store")

    figures["reads"] = reads(load, rounds, seconds)
    figures["read_mib"] = server.memory_mib()[0]
    figures["rates"] = rates(small, load, figures["few_demands"], rounds, seconds)
    figures["resident_mib"], figures["most_mib"] = server.memory_mib()
    figures.update(restarts(server, load, rounds))
    return figures


def reads(load, rounds, seconds):
    progress("looks at what there is to read")
    load.survey()
    kept = Rounds()
    for turn in range(rounds):
        progress(f"reads, round {turn + 1} of {rounds}")
        for in_flight in READS_IN_FLIGHT:
            for mode in ("get", "list"):
                kept.keep(f"{mode} {in_flight}", load.read(mode, in_flight, seconds))
    return kept.as_json()


def rates(small, load_of_many, few_demands, rounds, seconds):
    """Commands among few and among many demands, in turns; the few are the same in each round."""
    server, load = small
    server.start()
    load.setup()
    load.fill(2 * few_demands)
    load.await_quiet()
    # Not stopped: what waits for the store does so again after each start, as it does in the other
    # one at all times. A server without such rows takes commands for a fifth less.
    server.kill()
    kept_folder = server.data.with_name("kept")
    shutil.move(server.data, kept_folder)
    kept = Rounds()
    for turn in range(rounds):
        progress(f"rates among few and among many, round {turn + 1} of {rounds}")
        shutil.rmtree(server.data, ignore_errors=True)
        shutil.copytree(kept_folder, server.data)
        server.start()
        for each in (load, load_of_many):
            each.run("unary", 64, 1, 0)
        for name, measure in (("unary", lambda of: of.run("unary", 64, seconds)),
                              ("batch", lambda of: of.batches(seconds))):
            kept.keep(f"{name}, few", measure(load))
            kept.keep(f"{name}, many", measure(load_of_many))
        server.stop()
    return kept.as_json()


def restarts(server, load, rounds):
    """Killed right after so much load that as many events as may wait for the store do so; then once
    more without its store."""
    times = []
    for turn in range(rounds):
        progress(f"kill -9 and start, round {turn + 1} of {rounds}")
        load.commands(60_000)
        server.kill()
        times.append(server.start())
    figures = {"restart_s": statistics.median(times), "restarts_s": times,
               "restart_mib": server.memory_mib()[0]}
    progress("folds anew")
    events = load.await_quiet()
    server.kill()
    shutil.rmtree(server.data / "store")
    figures["fold_s"] = server.start()
    figures["fold_per_second"] = events / figures["fold_s"]
    figures["fold_mib"] = server.memory_mib()[0]
    server.kill()
    return figures
