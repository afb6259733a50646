// What the program does; each returns the exit code and has told everything.
#pragma once

#include <string>
#include <vector>

#include "ctl/descriptors.h"
#include "ctl/options.h"

namespace lianmeng::ctl {

// One generated command: its flags make the request, its answer is printed.
int run_method(const Catalogue& catalogue, const Service& service,
               const pb::MethodDescriptor& method, const std::vector<std::string>& arguments,
               Options options, const Environment& environment);

// A county's events, a line each, until Ctrl-C. Finds a restarted server again, and says so, since
// what happened in between is not shown.
int run_watch(const Catalogue& catalogue, const std::vector<Given>& flags, const Options& options,
              const Environment& environment);

// The commands of a file, in order.
// Limits: the file is held in memory; one call is in flight at a time, since a line may need the id
// that the line before it made.
int run_import(const Catalogue& catalogue, const std::string& path, bool dry_run, bool keep_going,
               const Options& options, const Environment& environment);

int run_status(const Catalogue& catalogue, const Options& options, const Environment& environment);

// Ask a server to take no commands, to take them again, to end; the first and the last wait until
// it is done, a minute unless --wait says otherwise.
int run_drain(const Catalogue& catalogue, const std::vector<Given>& flags, const Options& options,
              const Environment& environment);
int run_resume(const Catalogue& catalogue, const Options& options, const Environment& environment);
int run_stop(const Catalogue& catalogue, const std::vector<Given>& flags, const Options& options,
             const Environment& environment);

// Prints the error and returns its exit code.
int report(const Error& error, const Options& options, const Environment& environment);

}  // namespace lianmeng::ctl
