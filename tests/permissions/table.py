"""Reads and writes the tables of table.md: a section for each service, a role a column, an RPC a
row, named `RPC · which case of it`.
"""

import dataclasses
import re


@dataclasses.dataclass
class Row:
    rpc: str  # "dispatch.TakeDemand"
    name: str
    cells: dict  # Role to what it may.

    @property
    def method(self):
        return self.rpc.split(".")[1]

    @property
    def case(self):
        return self.name.partition(" · ")[2]


@dataclasses.dataclass
class Part:
    service: str
    roles: list
    sees: dict  # Role to "county", "own" or "nothing"; of demands alone.
    rows: list


def read(path):
    parts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"## (\w+)", line):
            parts.append(Part(found[1], [], {}, []))
        if not line.startswith("|") or not parts or line.startswith("|-"):
            continue
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        part = parts[-1]
        if not part.roles:
            part.roles = cells
            continue
        if len(cells) != len(part.roles) or not all(cells):
            raise ValueError(f"{path}: row {name!r} has {len(cells)} cells for {len(part.roles)} roles")
        given = dict(zip(part.roles, cells))
        if name == "*sees*":
            part.sees = given
        else:
            part.rows.append(Row(f"{part.service}.{name.split(' · ')[0]}", name, given))
    return parts


def sees(parts):
    return next(part.sees for part in parts if part.sees)


def write(parts):
    out = []
    for part in parts:
        lines = ([("*sees*", part.sees)] if part.sees else []) + [(r.name, r.cells) for r in part.rows]
        first = max(len(name) for name, _ in lines)
        widths = [max([len(role)] + [len(cells[role]) for _, cells in lines]) for role in part.roles]

        def write_line(name, texts):
            padded = [name.ljust(first)] + [t.ljust(w) for t, w in zip(texts, widths)]
            return "| " + " | ".join(padded) + " |"

        out += [f"## {part.service}", "", write_line("RPC", part.roles),
                "|" + "|".join("-" * (w + 2) for w in [first] + widths) + "|"]
        out += [write_line(name, [cells[role] for role in part.roles]) for name, cells in lines]
        out.append("")
    return "\n".join(out)
