"""Tables of what was measured, and the verdicts: each figure beside the limit that it is judged by."""

from parts import IN_FLIGHT, READS_IN_FLIGHT
from server import BATCH, BATCHES_IN_FLIGHT

COMMANDS_LEAST = 0.5  # Of an empty RPC's rate with as many in flight.
ALONE_MOST = 2.0  # p50, of one empty RPC and one fdatasync.
BATCH_LEAST = 2.0  # Of an empty RPC's rate.
FOLD_ROCKSDB_LEAST = 0.6  # Of the same commits as raw WriteBatches.
FOLD_MEMORY_LEAST = 0.5  # Of decoding the same records and inserting the same rows.
RESTART_MOST_S = 2.0
LIST_MOST = 5.0  # p99, of a GetDemand's.
IDLE_MOST_MIB = 80.0
LOADED_MOST_MIB = 200.0  # Besides the configured cache.
KAFKA_LEAST = 0.35  # Of the embedded log's rate in the same run.
KAFKA_ALONE_MOST = 2.0  # p50, of one produced record and one empty RPC.
KAFKA_BATCH_LEAST = 5.0  # Of the rate one by one.
TAKEOVER_MOST_MS = 1000.0
KAFKA_FOLD_LEAST = 0.6  # Of the embedded log's.
PARTITION_MOST_MIB = 0.25
MANY_LEAST = 0.8  # Of the rate among a hundredth of the demands.


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


def rate(result):
    return f"{result['per_second']:,.0f}"


def percent(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "–"


def times(part, whole):
    return f"{part / whole:.1f} ×" if whole else "–"


def at_least(figure, measured, beside, value, yardstick, least):
    """`value` is to be at least `least` times `yardstick`."""
    return {"figure": figure, "measured": measured, "beside": beside, "ratio": value / yardstick,
            "limit": f"≥ {least:g}", "reached": value >= least * yardstick}


def at_most(figure, measured, beside, value, yardstick, most):
    return {"figure": figure, "measured": measured, "beside": beside, "ratio": value / yardstick,
            "limit": f"≤ {most:g}", "reached": value <= most * yardstick}


def verdicts_of_calls(part):
    calls = part["medians"]
    sync, alone, ping = calls["fdatasync"], calls["unary 1"], calls["ping 1"]
    out = []
    for in_flight in (64, 256):
        unary, empty = calls[f"unary {in_flight}"], calls[f"ping {in_flight}"]
        out.append(at_least(f"commands, {in_flight} in flight", f"{rate(unary)}/s",
                            f"empty RPC {rate(empty)}/s", unary["per_second"],
                            empty["per_second"], COMMANDS_LEAST))
    floor = ping["p50_us"] + sync["p50_us"]
    out.append(at_most("p50 of one command at a time", f"{ms(alone['p50_us'])} ms",
                       f"empty RPC {ms(ping['p50_us'])} ms + fdatasync {ms(sync['p50_us'])} ms",
                       alone["p50_us"], floor, ALONE_MOST))
    batch, empty = calls["batch"], calls["ping 64"]
    out.append(at_least("commands in batches", f"{rate(batch)}/s",
                        f"empty RPC, 64 in flight {rate(empty)}/s", batch["per_second"],
                        empty["per_second"], BATCH_LEAST))
    return out


def verdicts_of_fold(fold):
    def one(figure, done, yardstick, beside, least):
        return at_least(figure, f"{done['events_per_second']:,.0f} events/s",
                        f"{beside} {yardstick['events_per_second']:,.0f}/s",
                        done["events_per_second"], yardstick["events_per_second"], least)

    memory, rocks = fold["memory"], fold["rocksdb"]
    return [
        one("fold into a fresh RocksDB store, one core", rocks["fold"], rocks["write_batches"],
            "raw WriteBatch of the same rows", FOLD_ROCKSDB_LEAST),
        one("decode, chain and fold into memory tables, one core", memory["fold"],
            memory["decode_and_insert"], "decode and insert the same rows", FOLD_MEMORY_LEAST),
    ]


def verdicts_of_million(part):
    reads, rates = part["reads"]["medians"], part["rates"]["medians"]
    demands, few = f"{part['demands']:,}", f"{part['few_demands']:,}"
    out = [at_most(f"kill -9 with {demands} demands until ready", f"{part['restart_s']:.2f} s", "1 s",
                   part["restart_s"], 1.0, RESTART_MOST_S)]
    for in_flight in READS_IN_FLIGHT:
        page, one = reads[f"list {in_flight}"], reads[f"get {in_flight}"]
        out.append(at_most(f"p99 of ListDemands, page of 50 among {demands}, {in_flight} in flight",
                           f"{ms(page['p99_us'])} ms", f"GetDemand {ms(one['p99_us'])} ms",
                           page["p99_us"], one["p99_us"], LIST_MOST))
    most = max(part["loaded_mib"], part["read_mib"], part["resident_mib"], part["restart_mib"],
               part["fold_mib"])
    limit = LOADED_MOST_MIB + part["cache_mib"]
    idle = max(part["idle_mib"], part["idle_again_mib"])
    out += [
        at_most("resident memory, idle", f"{idle:.0f} MiB", f"{IDLE_MOST_MIB:.0f} MiB", idle,
                IDLE_MOST_MIB, 1.0),
        at_most(f"resident memory with {demands} demands", f"{most:.0f} MiB",
                f"{LOADED_MOST_MIB:.0f} MiB + cache {part['cache_mib']} MiB", most, limit, 1.0),
    ]
    for name, text in (("unary", "commands, 64 in flight,"), ("batch", "commands in batches")):
        many, fewer = rates[f"{name}, many"], rates[f"{name}, few"]
        out.append(at_least(f"{text} among {demands} demands", f"{rate(many)}/s",
                            f"among {few} {rate(fewer)}/s", many["per_second"],
                            fewer["per_second"], MANY_LEAST))
    return out


def rows_of_verdicts(verdicts):
    rows = [["figure", "measured", "beside", "ratio", "to reach", "verdict"]]
    for each in verdicts:
        rows.append([each["figure"], each["measured"], each["beside"], f"{each['ratio']:.2f}",
                     each["limit"], "reached" if each["reached"] else "NOT reached"])
    return rows


def rows_of_calls(part):
    calls = part["medians"]
    rows = [["calls", "a second", "p50 ms", "p99 ms", "CPU µs each: server", "client", "beside"]]

    def row(name, result, beside=""):
        def each(of):
            cpu = result.get(f"{of}_cpu_seconds")
            return "" if cpu is None else f"{1e6 * cpu / max(1, result['commands']):.0f}"

        rows.append([name, rate(result), ms(result["p50_us"]), ms(result["p99_us"]), each("server"),
                     each("client"), beside])

    row("fdatasync of 4 KiB, one after another", calls["fdatasync"])
    for in_flight in IN_FLIGHT:
        ping, unary = calls[f"ping {in_flight}"], calls[f"unary {in_flight}"]
        row(f"empty RPC, {in_flight} in flight", ping)
        row(f"command, {in_flight} in flight", unary,
            percent(unary["per_second"], ping["per_second"]) + " of the empty RPC")
    row("GetDemand, 64 in flight", calls["get 64"],
        percent(calls["get 64"]["per_second"], calls["ping 64"]["per_second"]) + " of the empty RPC")
    row(f"batches of {BATCH}, {BATCHES_IN_FLIGHT} in flight", calls["batch"],
        times(calls["batch"]["per_second"], calls["unary 64"]["per_second"]) +
        " command, 64 in flight")
    return rows


def rows_of_fold(fold):
    def row(name, result, beside=""):
        return [name, f"{result['events_per_second']:,.0f}", f"{result['cpu_us_per_event']:.1f}",
                f"{result['wall_us_per_event']:.1f}", beside]

    memory, rocks = fold["memory"], fold["rocksdb"]
    return [
        ["fold on one core", "events/s", "CPU µs each", "wall µs each", "beside"],
        row("decode + insert the same rows", memory["decode_and_insert"],
            f"{memory['rows_per_event']:.1f} rows and {memory['row_bytes_per_event']:.0f} bytes of "
            "them an event"),
        row("fold into memory tables", memory["fold"],
            percent(memory["share"], 1) + " of decode + insert"),
        row("fold, flushed into the memory store", memory["fold_and_flush"],
            percent(memory["share_with_flush"], 1) + " of decode + insert"),
        row("raw WriteBatch of the same commits", rocks["write_batches"],
            f"{rocks['rows_per_event']:.1f} rows an event in {rocks['commits']} commits"),
        row("fold into a fresh RocksDB store", rocks["fold"],
            percent(rocks["share"], 1) + " of raw WriteBatch"),
    ]


def rows_of_million(part):
    reads, rates = part["reads"]["medians"], part["rates"]["medians"]
    rows = [["many demands", "figure", "beside"]]
    rows.append([f"{part['demands']:,} demands and as many comments in batches",
                 f"{part['fill_per_second']:,.0f} commands/s",
                 f"{part['events']:,} events in all services"])
    rows.append(["log and store on disk", f"{part['log_mib']:,.0f} and {part['store_mib']:,.0f} MiB",
                 f"{1048576 * part['log_mib'] / part['events']:.0f} and "
                 f"{1048576 * part['store_mib'] / part['events']:.0f} bytes an event"])
    for in_flight in READS_IN_FLIGHT:
        for mode, name in (("get", "GetDemand"), ("list", "ListDemands, page of 50")):
            result = reads[f"{mode} {in_flight}"]
            rows.append([f"{name}, {in_flight} in flight", f"{rate(result)}/s",
                         f"p50 {ms(result['p50_us'])} ms, p99 {ms(result['p99_us'])} ms"])
    for name, text in (("unary", "commands, 64 in flight"), ("batch", "commands in batches")):
        for share in ("few", "many"):
            result = rates[f"{name}, {share}"]
            cpu = 1e6 * result["server_cpu_seconds"] / max(1, result["commands"])
            rows.append([f"{text}, among {share}", f"{rate(result)}/s",
                         f"server CPU {cpu:.0f} µs each"])
    rows.append(["start after kill -9 until ready", f"{part['restart_s']:.2f} s",
                 percent(part["restart_s"], part["fold_s"]) + " of folding anew"])
    rows.append(["start with the store deleted until ready", f"{part['fold_s']:.1f} s",
                 f"{part['fold_per_second']:,.0f} events/s"])
    rows.append(["memory: idle, idle after kill -9, filled, read, at work", ", ".join(
        f"{part[name]:.0f}" for name in ("idle_mib", "idle_again_mib", "loaded_mib", "read_mib",
                                         "resident_mib")) +
        " MiB", f"the most it ever was: {part['most_mib']:.0f} MiB"])
    rows.append(["memory after kill -9 and start; folded anew",
                 f"{part['restart_mib']:.0f}, {part['fold_mib']:.0f} MiB", ""])
    return rows


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def verdicts_of_kafka(part):
    calls = part["calls"]["medians"]
    local, one, batch = calls["embedded unary 64"], calls["one unary 64"], calls["one batch"]
    alone, ping, produce = calls["unary 1"], calls["ping 1"], calls["produce"]
    fold, most = part["fold"], max(part["memory"]["partition_mib"].values())
    folded = {name: each["events"] / each["seconds"] for name, each in fold.items()}
    p99 = quantile(part["takeovers_ms"], 0.99)
    return [
        at_least("commands on Kafka, 64 in flight, one host", f"{rate(one)}/s",
                 f"embedded {rate(local)}/s", one["per_second"], local["per_second"], KAFKA_LEAST),
        at_most("p50 of one command at a time on Kafka", f"{ms(alone['p50_us'])} ms",
                f"produce {ms(produce['p50_us'])} ms + empty RPC {ms(ping['p50_us'])} ms",
                alone["p50_us"], produce["p50_us"] + ping["p50_us"], KAFKA_ALONE_MOST),
        at_least("commands in batches on Kafka", f"{rate(batch)}/s", f"one by one {rate(one)}/s",
                 batch["per_second"], one["per_second"], KAFKA_BATCH_LEAST),
        at_most("a standby serves after kill -9 of the acting host, p99", f"{p99:.0f} ms",
                f"{TAKEOVER_MOST_MS:.0f} ms", p99, TAKEOVER_MOST_MS, 1.0),
        at_least("follow, chain and fold from Kafka, one core",
                 f"{folded['kafka']:,.0f} events/s", f"embedded {folded['embedded']:,.0f}/s",
                 folded["kafka"], folded["embedded"], KAFKA_FOLD_LEAST),
        at_most("memory of an idle partition", f"{most:.2f} MiB", f"{PARTITION_MOST_MIB} MiB", most,
                PARTITION_MOST_MIB, 1.0),
    ]


def rows_of_kafka(part):
    calls = part["calls"]["medians"]
    rows = [("on Kafka", "a second", "p50 ms", "p99 ms", "CPU µs each: servers", "client", "beside")]

    def add(name, result, beside=""):
        cpu = [f"{1e6 * result[side] / result['commands']:.0f}" if result.get("commands") else ""
               for side in ("server_cpu_seconds", "client_cpu_seconds")]
        rows.append((name, rate(result), ms(result["p50_us"]), ms(result["p99_us"]), *cpu, beside))

    add("record produced, one after another", calls["produce"])
    add("empty RPC, 1 in flight", calls["ping 1"])
    add("command, 1 in flight, one host", calls["unary 1"])
    for name, text in (("embedded", "embedded log"), ("one", "one host a service"),
                       ("two", "two hosts a service")):
        local = calls[f"embedded unary 64"]["per_second"]
        result = calls[f"{name} unary 64"]
        add(f"command, 64 in flight, {text}", result,
            "" if name == "embedded" else f"{percent(result['per_second'], local)} of embedded")
        batch = calls[f"{name} batch"]
        add(f"batches of {BATCH}, {BATCHES_IN_FLIGHT} in flight, {text}", batch,
            f"{times(batch['per_second'], result['per_second'])} one by one")
    took = part["takeovers_ms"]
    rows.append(("takeover after kill -9, ms", f"{len(took)} counties",
                 f"{quantile(took, 0.5):.0f}", f"{quantile(took, 0.99):.0f}", "", "",
                 f"the longest {max(took):.0f}"))
    for service, each in part["memory"]["partition_mib"].items():
        rows.append((f"memory, {service}", f"{part['memory']['half'][service]:.0f} MiB with 24",
                     f"{part['memory']['all'][service]:.0f} MiB with 48", "", "", "",
                     f"{each:.2f} MiB a partition"))
    return rows
