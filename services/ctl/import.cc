#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <ostream>

#include "ctl/commands.h"
#include "ctl/import_file.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

// An import may meet a server that restarts: it waits longer than a person would.
constexpr int kAttemptsMax = 10;
constexpr std::size_t kProblemsShown = 20;

// A bar on the terminal, at most ten times a second; nothing elsewhere.
class Progress {
 public:
  Progress(const Environment& environment, std::size_t total)
      : environment_(environment), total_(total), on_(environment.err_is_terminal && total > 0) {}

  void show(std::size_t done) {
    const auto now = std::chrono::steady_clock::now();
    if (!on_ || (done < total_ && now - shown_ < std::chrono::milliseconds(100))) return;
    shown_ = now;
    constexpr std::size_t kCells = 30;
    const auto full = kCells * done / total_;
    environment_.err << "\r[" << std::string(full, '#') << std::string(kCells - full, ' ')
                     << fmt::format("] {:3}% {}/{}", 100 * done / total_, done, total_)
                     << std::flush;
    dirty_ = true;
  }

  // Before anything else is written.
  void clear() {
    if (dirty_) environment_.err << "\r\033[K";
    dirty_ = false;
  }

 private:
  const Environment& environment_;
  std::size_t total_;
  bool on_;
  bool dirty_ = false;
  std::chrono::steady_clock::time_point shown_;
};

struct Counts {
  int created = 0;
  int repeated = 0;
  int refused = 0;
  int unchecked = 0;  // --dry-run: needs the id of a line that was not written.
  int left = 0;
};

bool bool_field(const pb::Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && message.GetReflection()->GetBool(message, field);
}

std::string summary(const Counts& counts, bool dry_run, double seconds, const Options& options) {
  if (options.print.format != Format::kTable) {
    return fmt::format(
        "{{\"{}\":{},\"repeated\":{},\"refused\":{},\"unchecked\":{},\"left\":{}}}\n",
        dry_run ? "valid" : "new", counts.created, counts.repeated, counts.refused,
        counts.unchecked, counts.left);
  }
  const bool zh = options.lang() == Lang::kZh;
  auto out = zh ? fmt::format("{} {}，重复 {}，未受理 {}", dry_run ? "可受理" : "新增",
                              counts.created, counts.repeated, counts.refused)
                : fmt::format("{} {}, repeated {}, refused {}", dry_run ? "valid" : "new",
                              counts.created, counts.repeated, counts.refused);
  if (counts.unchecked > 0) {
    out +=
        zh ? fmt::format("，无法校验 {}（依赖尚未写入的行）", counts.unchecked)
           : fmt::format(", not checked {} (they need what is not written yet)", counts.unchecked);
  }
  if (counts.left > 0) {
    out += zh ? fmt::format("，未执行 {}", counts.left) : fmt::format(", left {}", counts.left);
  }
  return out +
         (zh ? fmt::format("；用时 {:.1f} 秒\n", seconds) : fmt::format("; {:.1f} s\n", seconds));
}

// What each service has accepted so far, per county, so that the others wait until they have seen
// it.
class Tokens {
 public:
  void remember(const ImportLine& line, const pb::Message& response) {
    const auto token = get_text(response, "read_token");
    if (!token.empty()) newest_[line.county][line.method->service()->full_name()] = token;
  }

  void give(const ImportLine& line, pb::Message& request) const {
    const auto* field = request.GetDescriptor()->FindFieldByName("read_tokens");
    const auto found = newest_.find(line.county);
    if (field == nullptr || found == newest_.end()) return;
    for (const auto& [service, token] : found->second) {
      if (service == line.method->service()->full_name()) continue;
      request.GetReflection()->AddString(&request, field, token);
    }
  }

 private:
  std::map<std::string, std::map<std::string, std::string>> newest_;
};

class Import {
 public:
  Import(const Catalogue& catalogue, const ImportFile& file, bool dry_run, Options options,
         const Environment& environment)
      : catalogue_(catalogue),
        file_(file),
        dry_run_(dry_run),
        options_(std::move(options)),
        environment_(environment),
        caller_(catalogue, options_.address),
        progress_(environment, file.lines.size()) {
    options_.call.attempts_max = kAttemptsMax;
    for (const auto& line : file.lines) {
      for (const auto& reference : line.references)
        wanted_[reference.external_id].push_back(reference);
    }
  }

  int run(bool keep_going) {
    const auto start = std::chrono::steady_clock::now();
    int code = kExitOk;
    std::size_t done = 0;
    for (const auto& line : file_.lines) {
      if (environment_.stopped()) {
        code = code == kExitOk ? kExitUnavailable : code;
        break;
      }
      const auto status = run_line(line);
      ++done;
      progress_.show(done);
      if (status) continue;
      ++counts_.refused;
      const int line_code = tell(line, status.error());
      if (code == kExitOk) code = line_code;
      if (!keep_going || line_code == kExitUnavailable) break;
    }
    counts_.left = static_cast<int>(file_.lines.size() - done);
    progress_.clear();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    environment_.out << summary(counts_, dry_run_, took.count(), options_);
    if (counts_.left > 0) {
      environment_.err << tr(options_.lang(), "再次运行同一命令即可接着导入，已写入的不会重复。\n",
                             "Run it again to go on; what is written is not done twice.\n");
    }
    return code;
  }

 private:
  Status run_line(const ImportLine& line) {
    for (const auto& reference : line.references) {
      if (resolved_.contains(reference)) continue;
      if (dry_run_) {
        ++counts_.unchecked;
        return {};
      }
      // Its line was refused, or answered with nothing at that path.
      return fail(make_reference_error(reference));
    }
    auto request = make_request(catalogue_, line, resolved_);
    if (!request) return fail(std::move(request).error());
    auto options = options_.call;
    auto actor = full_actor(make_actor(line, resolved_));
    if (!actor) return fail(std::move(actor).error());
    options.actor = std::move(*actor);
    set_if_empty(**request, "request_id",
                 make_uuid_v7(environment_.clock.now(), environment_.random));
    if (dry_run_) {
      const auto* field = line.method->input_type()->FindFieldByName("validate_only");
      if (field != nullptr) (*request)->GetReflection()->SetBool(request->get(), field, true);
    }
    tokens_.give(line, **request);
    auto response = caller_.call(*line.method, **request, options);
    if (!response) return fail(std::move(response).error());
    const bool repeated = bool_field(**response, "repeated");
    ++(repeated ? counts_.repeated : counts_.created);
    // What was only validated has no id yet.
    if (dry_run_ && !repeated) return {};
    tokens_.remember(line, **response);
    const auto wanted = wanted_.find(line.external_id);
    if (wanted == wanted_.end()) return {};
    for (const auto& reference : wanted->second) {
      const auto value = referred_to(**response, reference.path);
      if (!value.empty()) resolved_[reference] = value;
    }
    return {};
  }

  static Error make_reference_error(const Reference& reference) {
    const auto text = reference.path.empty() ? reference.external_id
                                             : reference.external_id + "#" + reference.path;
    return usage_error(
        fmt::format("@{} 没有对应的编号：那一行未受理，或其结果中没有这一项", text),
        fmt::format("@{} stands for nothing: its line was refused or its answer has no such id",
                    text));
  }

  int tell(const ImportLine& line, const Error& error) {
    progress_.clear();
    environment_.err << (options_.lang() == Lang::kZh
                             ? fmt::format("第 {} 行（{}，{}）", line.number, line.external_id,
                                           line.command)
                             : fmt::format("line {} ({}, {}): ", line.number, line.external_id,
                                           line.command));
    return report(error, options_, environment_);
  }

  const Catalogue& catalogue_;
  const ImportFile& file_;
  const bool dry_run_;
  Options options_;
  const Environment& environment_;
  Caller caller_;
  Progress progress_;
  Counts counts_;
  Tokens tokens_;
  Resolved resolved_;
  std::map<std::string, std::vector<Reference>> wanted_;
};

}  // namespace

int run_import(const Catalogue& catalogue, const std::string& path, bool dry_run, bool keep_going,
               const Options& options, const Environment& environment) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(environment.in), {});
  } else {
    std::ifstream input(path, std::ios::binary);
    if (!input) {
      return report(usage_error(fmt::format("打不开文件 {}；请检查路径和权限", path),
                                fmt::format("cannot open {}; check path and permissions", path)),
                    options, environment);
    }
    text.assign(std::istreambuf_iterator<char>(input), {});
  }
  const auto file = read_import(catalogue, text, options.call.actor);
  if (!file.problems.empty()) {
    for (std::size_t i = 0; i < std::min(file.problems.size(), kProblemsShown); ++i) {
      report(file.problems[i], options, environment);
    }
    return report(
        usage_error(fmt::format("文件有 {} 处错误，没有执行任何命令", file.problems.size()),
                    fmt::format("{} problems in the file; nothing was sent", file.problems.size())),
        options, environment);
  }
  environment.catch_stop();
  return Import(catalogue, file, dry_run, options, environment).run(keep_going);
}

}  // namespace lianmeng::ctl
