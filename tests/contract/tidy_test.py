"""Each rule of tidy.py passes a good tree and refuses a tree that breaks it.

The last line is `N passed, N failed`.
"""

import sys
import unittest

import tidy
from tidy import Target, Tree

HEADER = "#pragma once\n"


def lib(name, sources, links=(), public=None, kind="STATIC_LIBRARY"):
    return Target(name, kind, list(sources), list(links),
                  list(links if public is None else public))


def tree(files, *targets):
    return Tree(files, {target.name: target for target in targets})


DOMAIN = "services/dispatch/domain/take_decide.cc"
TEST = "services/dispatch/domain/take_test.cc"


def domain(text):
    return tree({DOMAIN: text}, lib("dispatch_domain", [DOMAIN]))


def domain_linking(*links):
    return tree({DOMAIN: ""}, lib("dispatch_domain", [DOMAIN], links),
                lib("platform_base", [], ["fmt::fmt"]),
                lib("platform_store", [], ["platform_base", "RocksDB::rocksdb-shared"]))


def table(text, *targets):
    return tree({tidy.LINKS: text}, *targets)


FOLLOW = {"services/a/a.cc": '#include "b/b.h"\n', "services/b/b.h": HEADER, "services/b/b.cc": ""}


def follow(*links):
    return tree(FOLLOW, lib("a", ["services/a/a.cc"], links), lib("b", ["services/b/b.cc"]),
                lib("by_b", ["services/c/c.cc"], ["b"]),
                lib("hides_b", ["services/d/d.cc"], ["b"], public=[]))


# Rule: trees that keep it, trees that break it with a word of the complaint.
SAMPLES = {
    tidy.domain_links_nothing_but_base_state_and_events: (
        [domain_linking("platform_base", "dispatch_events_proto", "membership_roster"),
         tree({TEST: ""}, lib("dispatch_domain_test", [TEST], ["gRPC::grpc++"], kind="EXECUTABLE"))],
        [(domain_linking("gRPC::grpc++"), "gRPC"),
         (domain_linking("platform_store"), "RocksDB"),  # Through what it links.
         (domain_linking("dispatch_service_proto"), "service_proto"),
         (domain_linking("rdkafka"), "rdkafka"),
         (domain_linking("platform_log_embedded"), "platform_log_embedded")]),
    tidy.domain_includes_nothing_but_base_state_and_events: (
        [domain('#include "platform/state/table.h"\n#include <chrono>\n'
                '#include "lianmeng/dispatch/v1/dispatch_events.pb.h"\n'),
         tree({TEST: "#include <gtest/gtest.h>\n"}),
         tree({"services/dispatch/rpc/service.cc": "#include <grpcpp/grpcpp.h>\n"})],
        [(domain("#include <rocksdb/db.h>\n"), "rocksdb"),
         (domain("#include <grpcpp/grpcpp.h>\n"), "grpcpp"),
         (domain("#include <random>\n"), "random"),
         (domain('#include "platform/base/random.h"\n'), "random"),
         (domain('#include "platform/log/log.h"\n'), "log.h"),
         (domain('#include "lianmeng/dispatch/v1/dispatch_service.pb.h"\n'), "service"),
         (tree({"services/membership/projection/roster.h": "#include <fstream>\n"}), "fstream"),
         (tree({"services/notification/policies/p.cc": "#include <thread>\n"}), "thread")]),
    tidy.domain_includes_only_its_own_events: (
        [domain('#include "lianmeng/membership/v1/membership_events.pb.h"\n'),
         tree({"services/notification/policies/p.cc":
               '#include "lianmeng/dispatch/v1/dispatch_events.pb.h"\n'})],
        [(domain('#include "lianmeng/sales/v1/sales_events.pb.h"\n'), "sales")]),
    tidy.domain_has_no_clock_random_or_io: (
        [domain("// system_clock is what nobody reads here.\nTime now = context.now;\n"),
         domain('refuse("gettimeofday");\nvalue.time();\nreader.time(&at);\n'),
         tree({"services/platform/base/time.cc": "std::chrono::system_clock::now();\n"})],
        [(domain("auto t = std::chrono::system_clock::now();\n"), "system_clock"),
         (domain("auto t = std::chrono::steady_clock::now();\n"), "steady_clock"),
         (domain("SystemClock clock;\n"), "SystemClock"),
         (domain("auto t = std::time(nullptr);\n"), "time"),
         (domain("gettimeofday(&tv, nullptr);\n"), "gettimeofday"),
         (domain("int x = rand();\n"), "rand"),
         (domain("std::mt19937 g;\n"), "mt19937"),
         (domain("/* a\n*/ std::random_device d;\n"), ":2 uses random_device")]),
    tidy.links_are_those_of_the_table: (
        [table("# all\na: b\n  fmt::fmt\nb:\n", lib("a", [], ["b", "fmt::fmt"]), lib("b", [])),
         table("", lib("a_test", [], ["b"], kind="EXECUTABLE"))],
        [(table("a:\nb:\n", lib("a", [], ["b"]), lib("b", [])), "does not allow"),
         (table("a: b\nb:\n", lib("a", []), lib("b", [])), "does not need"),
         (table("", lib("a", [])), "does not know"),
         (table("a:\n"), "no target")]),
    tidy.links_have_no_circle: (
        [tree({}, lib("a", [], ["b"]), lib("b", []))],
        [(tree({}, lib("a", [], ["b"]), lib("b", [], ["c"]), lib("c", [], ["a"])), "itself")]),
    tidy.includes_follow_links: (
        [follow("b"), follow("by_b")],
        [(follow(), "b/b.h"), (follow("hides_b"), "b/b.h"),
         (tree({"services/a/a.h": HEADER + '#include "b/b.h"\n', "services/b/b.h": HEADER},
               lib("a", ["services/a/a.cc"]), lib("b", ["services/b/b.h"])), "b/b.h"),
         (tree({"services/a/a.cc": '#include "x/v1/x.pb.h"\n'}, lib("a", ["services/a/a.cc"]),
               lib("x_proto", ["build:protos/x/v1/x.pb.h"])), "x_proto")]),
    tidy.every_source_is_in_a_target: (
        [tree({"services/a/a.cc": ""}, lib("a", ["services/a/a.cc"]))],
        [(tree({"services/a/a.cc": "", "services/a/left.cc": ""},
               lib("a", ["services/a/a.cc"])), "left.cc")]),
    tidy.heavy_headers_stay_in_sources: (
        [tree({"services/a/a.cc": "#include <grpcpp/grpcpp.h>\n"})],
        [(tree({"services/a/a.h": "#include <grpc/grpc.h>\n"}), "grpc"),
         (tree({"services/a/a.h": "#include <rocksdb/db.h>\n"}), "rocksdb")]),
    tidy.nothing_is_left_undone: (
        [tree({"a.proto": "TO" "DO_KIND_ROUTE = 1;\n"})],
        [(tree({"a.cc": "// TO" "DO: later\n"}), "a.cc:1"),
         (tree({"a.md": "\nFIX" "ME\n"}), "a.md:2")]),
    tidy.no_folder_of_a_machine: (
        [tree({"a.md": "services/work/x and framework/y\n"})],
        [(tree({"a.sh": "cd /wo" "rk/main\n"}), "a.sh:1"),
         (tree({"a.cc": '"/ro' 'ot/x"\n'}), "a.cc:1")]),
    tidy.tests_do_not_sleep: (
        [tree({"services/a/a_test.cc": "clock.advance(1s);  // no sleep_for\n"}),
         tree({"services/a/a.cc": "std::this_thread::sleep_for(pause);\n"}),
         tree({"tests/e2e/a.py": "time.sle" "ep(0.01)  # Between looks.\n"}),
         tree({"tests/load/main.cc": "std::this_thread::sleep_for(duration);\n"})],
        [(tree({"services/a/a_test.cc": "std::this_thread::sleep_for(1s);\n"}), "sleep_for"),
         (tree({"services/a/testing/a.cc": "usleep(10);\n"}), "usleep"),
         (tree({"tests/load/a_test.cc": "sleep(1);\n"}), "sleep"),
         (tree({"tests/e2e/a.py": "time.sle" "ep(1)\n"}), "e2e/a.py:1"),
         (tree({"tests/e2e/run": "#!/bin/bash\n  sle" "ep 1\n"}), "e2e/run:2")]),
    tidy.headers_are_included_once: (
        [tree({"services/a/a.h": HEADER})],
        [(tree({"services/a/a.h": "int a();\n"}), "a.h")]),
    tidy.readmes_name_what_exists: (
        [tree({"README.md": "[b](a/README.md) `a/b.h` `b.h` `b.{h,cc}` `x = 1`\n    `no.h`\n",
               "a/README.md": "`b.cc` [up](../README.md) [web](https://example.org)\n",
               "a/b.h": "", "a/b.cc": ""})],
        [(tree({"README.md": "[b](a/README.md)\n"}), "a/README.md"),
         (tree({"README.md": "see `gone.h`\n"}), "gone.h"),
         (tree({"README.md": "see `services/gone`\n"}), "gone"),
         (tree({"README.md": "`b.{h,cc}`\n", "b.h": ""}), "b.cc")]),
    tidy.every_part_has_a_readme: (
        [tree({"services/a/CMakeLists.txt": "", "services/a/README.md": "",
               "services/platform/CMakeLists.txt": ""})],
        [(tree({"services/a/CMakeLists.txt": ""}), "services/a"),
         (tree({"services/platform/a/CMakeLists.txt": ""}), "services/platform/a")]),
    tidy.format_is_clean: (
        [tree({"a.cc": "int a;\n"})],
        [(tree({"a.cc": "int    a ;\n"}), "clang-format")]),
    tidy.shell_scripts_parse: (
        [tree({"run": "#!/bin/bash\nif true; then :; fi\n"})],
        [(tree({"run": "#!/bin/bash\nif true; then\n"}), "syntax error")]),
    tidy.shell_scripts_pass_shellcheck: (
        [tree({"run": "#!/bin/bash\necho hi\n"})],
        [(tree({"run": "#!/bin/bash\nrm $1\n"}), "SC2086")]),
}


class Rules(unittest.TestCase):
    def test_every_rule_has_samples(self):
        self.assertEqual([rule.__name__ for rule in tidy.RULES],
                         [rule.__name__ for rule in SAMPLES])


def add_tests(rule, good, bad):
    def keeps(self):
        for number, sample in enumerate(good):
            self.assertEqual([], list(rule(sample)), f"good sample {number}")

    def breaks(self):
        for number, (sample, word) in enumerate(bad):
            complaints = "\n".join(rule(sample))
            self.assertIn(word, complaints, f"bad sample {number}")

    setattr(Rules, f"test_{rule.__name__}_passes_a_good_tree", keeps)
    setattr(Rules, f"test_{rule.__name__}_refuses_a_bad_tree", breaks)


for each, (good_trees, bad_trees) in SAMPLES.items():
    add_tests(each, good_trees, bad_trees)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=0).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
