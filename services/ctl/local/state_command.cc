#include "ctl/local/state_command.h"

#include <fmt/format.h>

#include <array>
#include <ostream>

#include "ctl/caller.h"
#include "ctl/local/kafka_flags.h"
#include "ctl/local/report.h"
#include "ctl/local/state_verify.h"
#include "ctl/values.h"
#include "dispatch/fold.h"
#include "membership/fold.h"
#include "notification/fold.h"

namespace lianmeng::ctl {
namespace {

// A host's store against the log that all of them share.
Result<StateVerdict> verify_on_kafka(std::span<const runtime::Fold* const> folds,
                                     const Parsed& parsed, const std::string& store,
                                     const Environment& environment) {
  const auto options =
      kafka_options(flag_or(parsed, "kafka", ""), flag_or(parsed, "config", ""), environment);
  if (!options) return fail(options.error());
  const auto log = open_kafka(*options, environment);
  if (!log) return fail(log.error());
  return verify_state(folds, **log, store);
}

}  // namespace

int run_state(const Parsed& parsed, const Options& options, const Environment& environment) {
  const auto& verb = parsed.positional.front();
  if (verb != "verify") {
    return report_local(usage_error(fmt::format("没有 state {}；可选：verify", verb),
                                    fmt::format("there is no state {}; choices: verify", verb)),
                        options, environment);
  }
  const auto data = flag_or(parsed, "data", "data");
  const std::array<const runtime::Fold*, 3> folds{&membership::membership_fold(),
                                                  &dispatch::dispatch_fold(),
                                                  &notification::notification_fold()};
  const auto verdict = is_on_kafka(parsed)
                           ? verify_on_kafka(folds, parsed, data + "/store", environment)
                           : verify_state(folds, data + "/log", data + "/store");
  if (!verdict) return report_local(verdict.error(), options, environment);
  Facts facts;
  facts.add("partitions", verdict->partitions);
  facts.add("events", verdict->events);
  facts.add("rows", verdict->rows);
  facts.add("not_stored_yet", verdict->not_stored);
  facts.add("differing_rows", verdict->differing_rows);
  facts.add("differing_digests", verdict->differing_digests);
  facts.print(options, environment);
  for (const auto& carried : verdict->carried) environment.err << carried << "\n";
  if (verdict->differing_rows == 0) return kExitOk;
  for (const auto& difference : verdict->differences) environment.err << difference << "\n";
  return report_local(
      make_error(
          ErrorKind::kDataLoss, "STATE_DIFFERS",
          fmt::format("{}/store is not what its log folds to: {} rows differ. Keep a copy of "
                      "both for whoever looks into it, stop the server, delete {}/store and "
                      "start again: it is folded anew",
                      data, verdict->differing_rows, data)),
      options, environment);
}

}  // namespace lianmeng::ctl
