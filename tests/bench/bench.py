"""Measures a real server with the load generator beside it, and prints every figure next to the
limit that it is judged by, which is taken in the same run on the same machine.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import tempfile
import time

import kafka
import parts
import report
from server import Load, Server

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE / "results"
# Between these lines of the README are the tables of the run that it tells of.
FIGURES_BEGIN, FIGURES_END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
KAFKA_FIGURES = "<!-- kafka: begin -->\n", "<!-- kafka: end -->\n"
PARTS = ["calls", "fold", "million"]


def machine():
    model = next((line.split(":", 1)[1].strip()
                  for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "load_average": os.getloadavg()[0]}


def write_readme(tables, told, of_kafka):
    path = HERE / "README.md"
    begin, end = KAFKA_FIGURES if of_kafka else (FIGURES_BEGIN, FIGURES_END)
    head, rest = path.read_text().split(begin)
    tail = rest.split(end)[1]
    body = "\n\n".join([told, *tables])
    path.write_text(head + begin + body + "\n" + end + tail)


def main():
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description="Measures lianmeng on this machine: commands beside empty "
        "calls and a bare fdatasync, the folds beside what they must cost, and a million demands. "
        "Also takes --build FOLDER.")
    parser.add_argument("--quick", action="store_true",
                        help="one round and a fraction of the data: two minutes or three")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--kafka", action="store_true",
                        help="Kafka beside the embedded log, and nothing else")
    parser.add_argument("--rounds", type=int, help="how often each is measured (default 3)")
    parser.add_argument("--seconds", type=float, help="how long each call is measured (default 4)")
    parser.add_argument("--demands", type=int, help="of the part million (default 1,000,000)")
    parser.add_argument("--folder", type=pathlib.Path,
                        help="where data is written, up to 6 GiB (default: TMPDIR)")
    parser.add_argument("--readme", action="store_true",
                        help="also write the tables into README.md, for a run on a quiet machine")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help=argparse.SUPPRESS)
    args = parser.parse_args()
    rounds = args.rounds or (1 if args.quick else 3)
    seconds = args.seconds or (2 if args.quick else 4)
    demands = args.demands or (30_000 if args.quick else 1_000_000)
    binary, load_binary, fold_binary = (
        args.build / "bin" / name for name in ("lianmeng", "lianmeng-load", "lianmeng-fold-bench"))

    tables = []
    results = {"machine": machine(), "rounds": rounds, "seconds": seconds,
               "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "verdicts": []}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lianmeng-bench-", dir=args.folder))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)

        def fresh(name):
            (folder / name).mkdir()
            server = Server(binary, folder / name / "data")
            stack.callback(lambda: server.running and server.kill())
            return server, Load(load_binary, server, folder / name / "counties.json")

        def tell(name, result, rows, verdicts):
            results[name] = result
            results["verdicts"] += verdicts
            tables.append(report.table(rows))
            print(tables[-1], end="\n\n", flush=True)

        if args.kafka:
            result = kafka.kafka(args.build / "bin", folder, stack, rounds, seconds,
                                 20_000 if args.quick else 200_000)
            tell("kafka", result, report.rows_of_kafka(result), report.verdicts_of_kafka(result))
        elif args.only in (None, "calls"):
            result = parts.calls(*fresh("calls"), folder, rounds, seconds)
            tell("calls", result, report.rows_of_calls(result), report.verdicts_of_calls(result))
        if not args.kafka and args.only in (None, "fold"):
            result = parts.fold(*fresh("fold"), fold_binary, folder, rounds,
                                20_000 if args.quick else 100_000)
            tell("fold", result, report.rows_of_fold(result), report.verdicts_of_fold(result))
        if not args.kafka and args.only in (None, "million"):
            result = parts.million(fresh("few"), fresh("many"), rounds, seconds, demands)
            tell("million", result, report.rows_of_million(result),
                 report.verdicts_of_million(result))

    tables.insert(0, report.table(report.rows_of_verdicts(results["verdicts"])))
    print(tables[0], end="\n\n")
    RESULTS.mkdir(exist_ok=True)
    out = RESULTS / time.strftime("%Y%m%d-%H%M%S.json", time.gmtime())
    out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    told = (f"{results['machine']['cores']} cores, {results['machine']['cpu']}, "
            f"{results['time'][:10]}; load average at the start "
            f"{results['machine']['load_average']:.1f}; medians of {rounds}.")
    print(f"{told} Written to {out.relative_to(ROOT)}")
    if args.readme:
        write_readme(tables, told, args.kafka)


if __name__ == "__main__":
    main()
