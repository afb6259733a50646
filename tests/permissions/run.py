"""Every role against every command, query, list and count: table.md, each cell called on a server.

    run.py [--build build] [--print] [words of a row …]

Commands are only validated, by themselves and as a batch of one, so that each cell meets the same
county. The last line is `N passed, N failed`: one for each cell, and one for each rule beside them.
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import harness  # noqa: E402
import table  # noqa: E402
from cells import Cells  # noqa: E402
from county import SERVICES, Api, County  # noqa: E402
from masking import Masking  # noqa: E402
from reflected import Client  # noqa: E402
from repeats import Repeats  # noqa: E402


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def check(self, what, wanted, got):
        if wanted == got:
            self.passed += 1
        else:
            self.failures.append(f"{what}: the table says {wanted!r}, the server {got!r}")


def check_whole(tally, client, rows, columns, held):
    """Each RPC that the server has stands in the table, and the table names no other; each role of
    a post has a column."""
    known = {f"{service}.{method}" for service, name in SERVICES.items()
             for method in client.methods(name)}
    missing = sorted(known - {row.rpc for row in rows})
    unknown = sorted({row.rpc for row in rows} - known)
    tally.check("RPCs without a row (who may call it? write a row into tests/permissions/table.md "
                "and how to call it into cells.py)", [], missing)
    tally.check("rows without an RPC", [], unknown)
    roles = client.message("lianmeng.membership.v1.ListPostsRequest").DESCRIPTOR.fields_by_name["role"]
    known_roles = {value.name.removeprefix("POST_ROLE_") for value in roles.enum_type.values
                   if value.number != 0}
    tally.check("roles of posts that nobody in the table holds (who has one? add a column)", [],
                sorted(known_roles - {role for column in columns for role in held.get(column, [])}))
    appointed = {row.case.removeprefix("as ") for row in rows if row.method == "AppointPost"}
    tally.check("roles that no row of AppointPost gives (who may? write a row)", [],
                sorted(known_roles - appointed))
    others = [name for name in client.services()
              if name.startswith("lianmeng.") and name not in SERVICES.values()]
    tally.check("services without a table", [], others)


def main():
    parser = argparse.ArgumentParser(prog="tests/permissions/run.py")
    parser.add_argument("--build", default=str(harness.ROOT / "build"))
    parser.add_argument("--print", action="store_true", help="print the table as the server has it")
    parser.add_argument("words", nargs="*", help="only rows that have one of these words")
    options = parser.parse_args()
    harness.use_build(pathlib.Path(options.build).resolve())
    parts = table.read(HERE / "table.md")
    rows = [row for part in parts for row in part.rows]

    server = harness.Server()
    tally = Tally()
    try:
        server.start()
        client = Client(server.rpc)
        county = County(Api(client))
        check_whole(tally, client, rows, parts[0].roles, county.roles)
        cells = Cells(Api(client), county, table.sees(parts))
        for part in parts:
            for row in part.rows:
                if options.words and not any(word in row.name for word in options.words):
                    continue
                for role in row.cells:
                    got = cells.outcome(row, role)
                    tally.check(f"{row.rpc}, {row.name}, by {role}", row.cells[role], got)
                    row.cells[role] = got
        if not options.words:
            roles = list(parts[0].roles)
            masking = Masking(cells.api, cells.county)
            for what, wanted, got in [*cells.beside(rows), *masking.rules(roles)]:
                tally.check(what, wanted, got)
            for what, wanted, got in Repeats(cells.api, cells.county).rules(roles):
                tally.check(what, wanted, got)
        client.close()
        tally.check("the exit code of the server, told to end", 0, server.stop())
    finally:
        server.close()
    if options.print:
        print(table.write(parts))
    for failure in tally.failures:
        print(f"FAILED {failure}")
    print(f"{tally.passed} passed, {len(tally.failures)} failed")
    sys.exit(0 if tally.passed and not tally.failures else 1)


if __name__ == "__main__":
    main()
