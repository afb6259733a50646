"""The tree keeps the design: each rule is a function from a tree to what breaks it.

    tidy.py --build build            every rule; the last line is `N passed, N failed`
    tidy.py --build build --links    the links as they are, in the form of links.txt

tidy_test.py feeds each rule a tree that breaks it. A tree is paths and texts, targets and links, so
it needs no disk. Links, sources and folders of the targets come from build/targets.tsv, which
targets.cmake writes when the build is configured.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LINKS = "tests/contract/links.txt"
NO_PART = re.compile(r"^(build(-.*)?|data|\.git|\.venv|\.cache|node_modules|__pycache__)$")
BINARY = (".binpb", ".png", ".ico", ".woff2")


@dataclasses.dataclass
class Target:
    name: str
    kind: str  # As CMake has it: STATIC_LIBRARY, EXECUTABLE, …
    sources: list  # Paths in the tree; of what is generated, in the build folder ("build:…").
    links: list  # Direct, own targets and others'.
    public: list  # Those of them that dependents get too.

    def is_test(self):
        return self.kind == "EXECUTABLE" and self.name.endswith("_test")


@dataclasses.dataclass
class Tree:
    files: dict  # Path to text.
    targets: dict = dataclasses.field(default_factory=dict)
    root: pathlib.Path = None  # Where the files lie, for the tools that read them themselves.

    def named(self, pattern):
        return [path for path in self.files if re.search(pattern, path)]

    def code(self):
        return self.named(r"\.(cc|h)$")

    # Every target that `name` is linked with, itself left out.
    def reach(self, name, public_only=False):
        found, open_ends = set(), list(self.targets[name].links)
        while open_ends:
            each = open_ends.pop()
            if each in found:
                continue
            found.add(each)
            if each in self.targets:
                target = self.targets[each]
                open_ends += target.public if public_only else target.links + target.public
        return found


def read_tree(root, build):
    files = {}
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not NO_PART.match(name))
        for name in sorted(names):
            path = pathlib.Path(folder) / name
            if path.is_file() and name != ".git":  # A file in a worktree.
                text = "" if name.endswith(BINARY) else path.read_text("utf-8", "replace")
                files[str(path.relative_to(root))] = text
    return Tree(files, read_targets(root, build), root)


def read_targets(root, build):
    def place(source, folder):
        path = pathlib.Path(folder, source)
        if path.is_relative_to(build):
            return f"build:{path.relative_to(build)}"
        return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)

    def links_of(text):
        # A library that CMake has no target for, by its name alone; flags of the linker left out.
        names = [re.sub(r"^/.*/lib(\w+)\.(so|a)$", r"\1", link) for link in text.split()]
        return [name for name in names if not name.startswith(("$", "-"))]

    targets = {}
    for line in (build / "targets.tsv").read_text().splitlines():
        name, kind, folder, sources, links, public = line.split("\t")
        targets[name] = Target(
            name, kind, [place(s, folder) for s in sources.split()], links_of(links),
            links_of(public))
        if not targets[name].links:
            targets[name].links = targets[name].public
    return targets


# ---------------------------------------------------------------- the domain is pure

# What decides and applies lies in these folders; they are a fold, so they see no world.
PURE = re.compile(r"^services/[a-z_]+/(domain|projection|policies)/")
# The test that reads golden files and fixtures is no part of the fold.
NOT_FOLD = re.compile(r"(_test\.cc|/testing\.h|/test_\w+\.h|/testing/.*)$")

PURE_LINKS = re.compile(
    r"^(platform_base|platform_state|platform_options_proto|\w+_events_proto|\w+_domain|\w+_policies"
    r"|membership_roster|dispatch_clocks|tl::expected|fmt::fmt|protobuf::libprotobuf"
    r"|absl::(btree|flat_hash_map|flat_hash_set|hash))$")  # The containers of platform_state.

PURE_INCLUDES = re.compile(
    r'^("platform/base/(?!random\.h)[^"]+"|"platform/state/[^"]+"'
    r'|"[a-z_]+/(domain|projection|policies)/[^"]+"'
    r'|"lianmeng/[a-z_]+/v1/[a-z_]+_(events|state)\.pb\.h"|"lianmeng/platform/v1/options\.pb\.h"'
    r"|<google/protobuf/[^>]+>|<fmt/[^>]+>|<tl/[^>]+>"
    r"|<(algorithm|array|bit|cctype|charconv|chrono|cmath|compare|concepts|cstddef|cstdint|cstring"
    r"|deque|functional|initializer_list|iterator|limits|list|map|memory|numeric|optional|queue|ranges"
    r"|set|span|stdexcept|string|string_view|tuple|type_traits|unordered_map|unordered_set|utility"
    r"|variant|vector)>)$")

IMPURE = re.compile(
    r"\b(system|steady|high_resolution|utc|file|tai|gps)_clock\b|\b(System|Sim)Clock\b"
    r"|(?<![.>])\btime\s*\(\s*(NULL|nullptr|0|&)|\b(gettimeofday|clock_gettime|mktime)\b"
    r"|\b(local|gm)time(_r)?\b|\b(random_device|mt19937(_64)?|system_random|getrandom)\b"
    r"|\bs?rand(om)?\s*\(|\b(getenv|this_thread|fopen|[io]?fstream|rocksdb|grpc|rd_kafka\w*)\b")


def fold_files(tree):
    return [path for path in tree.code() if PURE.match(path) and not NOT_FOLD.search(path)]


def domain_links_nothing_but_base_state_and_events(tree):
    for target in tree.targets.values():
        if target.is_test() or not any(PURE.match(s) and not NOT_FOLD.search(s)
                                       for s in target.sources):
            continue
        for reached in sorted(tree.reach(target.name)):
            if not PURE_LINKS.match(reached):
                yield f"{target.name} reaches {reached}"


def domain_includes_nothing_but_base_state_and_events(tree):
    for path in fold_files(tree):
        for number, include in includes_of(tree.files[path]):
            if not PURE_INCLUDES.match(include):
                yield f"{path}:{number} includes {include}"


def domain_has_no_clock_random_or_io(tree):
    for path in fold_files(tree):
        for number, line in code_lines(tree.files[path]):
            if found := IMPURE.search(line):
                yield f"{path}:{number} uses {found[0]}"


def domain_includes_only_its_own_events(tree):
    """Its own service's and, through the roster, membership's."""
    for path in fold_files(tree):
        service = path.split("/")[1]
        if "/policies/" in path:
            continue  # A policy reads the log that it follows.
        for number, include in includes_of(tree.files[path]):
            found = re.match(r'"lianmeng/(\w+)/v1/', include)
            if found and found[1] not in (service, "membership", "platform"):
                yield f"{path}:{number} includes {include}"


# ---------------------------------------------------------------- links and includes

def without_comments(text):
    # Texts stay in place, so that line numbers hold and a // in a text is no comment.
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
    return re.sub(
        pattern,
        lambda m: m[0] if m[0].startswith('"') else "\n" * m[0].count("\n"),
        text, flags=re.S)


def code_lines(text):
    return enumerate(re.sub(r'"(?:\\.|[^"\\\n])*"', '""', without_comments(text)).splitlines(), 1)


def includes_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r'\s*#\s*include\s+(["<][^">]+[">])', line):
            yield number, found[1]


def read_links(text):
    allowed = {}
    for line in text.splitlines():
        line = line.split("#")[0].rstrip()
        if not line:
            continue
        if line[0].isspace():
            allowed[name] |= set(line.split())
        else:
            name, _, links = line.partition(":")
            name = name.strip()
            allowed[name] = set(links.split())
    return allowed


def linked(tree):
    """What the table speaks of: all but the test programs, which may link what they test."""
    return {t.name: set(t.links) - {"GTest::gtest_main"} for t in tree.targets.values()
            if not t.is_test() and t.kind != "UTILITY"}


def links_are_those_of_the_table(tree):
    allowed, real = read_links(tree.files.get(LINKS, "")), linked(tree)
    for name in sorted(real.keys() - allowed.keys()):
        yield f"{name} is a target that {LINKS} does not know"
    for name in sorted(allowed.keys() - real.keys()):
        yield f"{LINKS} has {name}, which is no target"
    for name in sorted(real.keys() & allowed.keys()):
        for link in sorted(real[name] - allowed[name]):
            yield f"{name} links {link}, which {LINKS} does not allow"
        for link in sorted(allowed[name] - real[name]):
            yield f"{LINKS} allows {name} to link {link}, which it does not need"


def links_have_no_circle(tree):
    for name in sorted(tree.targets):
        if name in tree.reach(name):
            yield f"{name} reaches itself"


def folder_of(path):
    return path.rsplit("/", 1)[0] if "/" in path else ""


def owners_of_header(tree, header):
    """The targets whose header this is: the one that lists it, that of the .cc of its name, else
    the libraries of its folder; a test's helper is nobody's."""
    for source in (header, f"{header[:-2]}.cc"):
        if listed := {t.name for t in tree.targets.values() if source in t.sources}:
            return listed
    if NOT_FOLD.search(header):
        return set()
    return {t.name for t in tree.targets.values() if t.kind.endswith("LIBRARY")
            and any(folder_of(s) == folder_of(header) for s in t.sources)}


def includes_follow_links(tree):
    owners = {}
    for target in tree.targets.values():
        for source in target.sources:
            if source.startswith("build:protos/") and source.endswith(".h"):
                owners[source.removeprefix("build:protos/")] = {target.name}
    for target in tree.targets.values():
        may = tree.reach(target.name, public_only=True) | {target.name}
        own_headers = [path for path in tree.code() if path.endswith(".h")
                       and target.name in owners_of_header(tree, path)]
        for path in [s for s in target.sources if s in tree.files] + own_headers:
            for number, include in includes_of(tree.files[path]):
                header = include[1:-1]
                where = next((h for h in (f"services/{header}", f"tests/{header}", header)
                              if h in tree.files), None)
                of = owners.get(header) or (owners_of_header(tree, where) if where else set())
                if of and not of & may:
                    yield (f"{path}:{number} includes {header} of {' or '.join(sorted(of))}, "
                           f"which {target.name} does not link")


def every_source_is_in_a_target(tree):
    known = {source for target in tree.targets.values() for source in target.sources}
    for path in tree.named(r"\.(cc|cpp|c)$"):
        if path not in known:
            yield f"{path} is in no target"


def heavy_headers_stay_in_sources(tree):
    """gRPC, RocksDB and their like cost seconds a file, and are nobody's business."""
    heavy = re.compile(r"<(grpc|rocksdb|librdkafka|spdlog|prometheus|httplib|openssl|toml\+\+|CLI)\b")
    for path in tree.named(r"^services/.*\.h$"):
        for number, include in includes_of(tree.files[path]):
            if heavy.match(include):
                yield f"{path}:{number} includes {include}"


# ---------------------------------------------------------------- texts

def nothing_is_left_undone(tree):
    word = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    for path, text in tree.files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if found := word.search(line):
                yield f"{path}:{number} says {found[0]}"


def no_folder_of_a_machine(tree):
    word = re.compile(r"(?<![\w.])/(root|home/\w+|work|Users)/")
    for path, text in tree.files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if found := word.search(line):
                yield f"{path}:{number} names {found[0]}"


def tests_do_not_sleep(tree):
    """They move the clock or await an event. What only another process can tell is looked for again
    and again; such a line says so: between looks."""
    cpp = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep\s*\()")
    script = re.compile(r"\btime\.sleep\b|^\s*sleep\s+[\d$]")
    for path, text in tree.files.items():
        # A load generator measures for a time; that is no waiting for an outcome.
        if path.startswith(("tests/load/", "tests/bench/")) and not path.endswith("_test.cc"):
            continue
        if path.endswith("_test.cc") or re.search(r"(^tests/|/testing/).*\.(cc|h)$", path):
            lines, call = code_lines(text), cpp
        elif path.startswith("tests/"):
            lines, call = enumerate(text.splitlines(), 1), script
        else:
            continue
        whole = text.splitlines()
        for number, line in lines:
            if (found := call.search(line)) and "between looks" not in whole[number - 1].lower():
                yield f"{path}:{number} calls {found[0].strip()}"


def headers_are_included_once(tree):
    for path in tree.named(r"^(services|tests)/.*\.h$"):
        if "#pragma once" not in tree.files[path]:
            yield f"{path} has no #pragma once"


FILE_NAME = re.compile(r"^[\w./{},-]+\.(h|cc|md|proto|cmake|py|yaml|ndjson|binpb|\{h,cc\})$|^[\w.-]+(/[\w.-]+)+/?$")


def readmes_name_what_exists(tree):
    folders = {""}
    for path in tree.files:
        while path := folder_of(path):
            folders.add(path)
    everything = set(tree.files) | folders

    def exists(name, base):
        name = name.rstrip("/")
        for start in (base, "", "services", "protos"):
            if os.path.normpath(os.path.join(start, name)) in everything:
                return True
        return any(("/" + path).endswith("/" + name) for path in everything)

    for path in tree.named(r"\.md$"):
        text = tree.files[path]
        for number, line in enumerate(text.splitlines(), 1):
            if line.startswith("    "):
                continue  # An example, not prose.
            for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if not link.startswith(("http:", "https:")) and not exists(link, folder_of(path)):
                    yield f"{path}:{number} links {link}, which does not exist"
            for name in re.findall(r"`([^`]+)`", line):
                if not FILE_NAME.match(name) or name.startswith(("build/", "data/", "/", "_")):
                    continue
                names = [name]
                if found := re.search(r"\{([^}]*)\}", name):
                    names = [name.replace(found[0], each) for each in found[1].split(",")]
                for each in names:
                    last = each.rstrip("/").rsplit("/", 1)[-1]
                    if ("." in last.strip(".") or each.split("/")[0] in TOP) and not exists(
                            each.removeprefix("./"), folder_of(path)):
                        yield f"{path}:{number} names {each}, which does not exist"


TOP = ("services", "protos", "deploy", "tests", "cmake", "docs", "k8s", ".ci")


def every_part_has_a_readme(tree):
    for path in tree.named(r"^services/(platform/)?[a-z_]+/CMakeLists\.txt$"):
        part = folder_of(path)
        if part != "services/platform" and f"{part}/README.md" not in tree.files:
            yield f"{part} has no README.md"


# ---------------------------------------------------------------- tools

def on_disk(tree, scratch):
    """Where tools can read the files."""
    if tree.root:
        return tree.root
    for path, text in tree.files.items():
        place = pathlib.Path(scratch, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return pathlib.Path(scratch)


def tool_complaints(tree, paths, command, per_call):
    if not paths:
        return
    if not shutil.which(command[0]):
        yield f"{command[0]} is not installed"
        return
    with tempfile.TemporaryDirectory() as scratch:
        root = on_disk(tree, scratch)
        calls = [paths[i:i + per_call] for i in range(0, len(paths), per_call)]
        running = []
        for call in calls:
            running.append(subprocess.Popen(command + call, cwd=root, text=True,
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
            if len(running) == (os.cpu_count() or 1):
                yield from complaint_of(running.pop(0))
        for each in running:
            yield from complaint_of(each)


def complaint_of(process):
    output = process.communicate()[0]
    if process.returncode != 0:
        yield output.strip() or f"{shlex.join(process.args[:2])} failed"


def format_is_clean(tree):
    wrong = "\n".join(tool_complaints(
        tree, tree.code(), ["clang-format-16", "--dry-run", "-Werror"], 40))
    for path in sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", wrong, re.M))):
        yield f"{path} is not as clang-format-16 has it"
    if "not installed" in wrong:
        yield wrong


def shell_scripts(tree):
    return [path for path, text in tree.files.items()
            if re.match(r"#!.*\b(ba)?sh\b|# shellcheck shell=bash", text) or path.endswith(".sh")]


def shell_scripts_parse(tree):
    yield from tool_complaints(tree, shell_scripts(tree), ["bash", "-n"], 1)


def shell_scripts_pass_shellcheck(tree):
    yield from tool_complaints(
        tree, shell_scripts(tree), ["shellcheck", "--external-sources", "--source-path=SCRIPTDIR"], 20)


RULES = [
    domain_links_nothing_but_base_state_and_events,
    domain_includes_nothing_but_base_state_and_events,
    domain_includes_only_its_own_events,
    domain_has_no_clock_random_or_io,
    links_are_those_of_the_table,
    links_have_no_circle,
    includes_follow_links,
    every_source_is_in_a_target,
    heavy_headers_stay_in_sources,
    nothing_is_left_undone,
    no_folder_of_a_machine,
    tests_do_not_sleep,
    headers_are_included_once,
    readmes_name_what_exists,
    every_part_has_a_readme,
    format_is_clean,
    shell_scripts_parse,
    shell_scripts_pass_shellcheck,
]


def print_links(tree):
    for name, links in sorted(linked(tree).items()):
        print(f"{name:<28}: {' '.join(sorted(links))}".rstrip())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--links", action="store_true")
    options = parser.parse_args()
    tree = read_tree(ROOT, options.build.resolve())
    if options.links:
        return print_links(tree)
    failed = 0
    for rule in RULES:
        complaints = list(rule(tree))
        if complaints:
            failed += 1
            print(f"failed: {rule.__name__}")
            for complaint in complaints:
                print(f"  {complaint}")
    print(f"{len(RULES) - failed} passed, {failed} failed")
    return sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
