#include "ctl/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/limits/limits.h"

namespace lianmeng::ctl {
namespace {

constexpr int kWidthDefault = 100;
constexpr GlobalFlag kRequestFlags[] = {
    {"json", "{…}", "整个请求，写成 proto JSON；其他选项在其上覆盖",
     "the whole request as proto JSON; other flags add to it"},
    {"file", "path", "同上，取自 JSON 或 TOML 文件（- 为标准输入）",
     "the same from a JSON or TOML file (- reads standard input)"},
};

// The language asked for, or what there is.
const std::string& pick(const Doc& doc, Lang lang) {
  if (lang == Lang::kZh) return doc.zh.empty() ? doc.en : doc.zh;
  return doc.en.empty() ? doc.zh : doc.en;
}

std::string first_sentence(const std::string& text) {
  const auto full_stop = text.find(". ");
  return full_stop == std::string::npos ? text : text.substr(0, full_stop + 1);
}

struct Entry {
  std::string left;
  std::string right;
};

// Two columns; what is too long on the left gets a line of its own.
std::string entries(const std::vector<Entry>& all, int width) {
  constexpr int kLeftMax = 34;
  int left = 0;
  for (const auto& entry : all) {
    const int w = display_width(entry.left);
    if (w <= kLeftMax) left = std::max(left, w);
  }
  const int indent = left + 4;
  std::string out;
  for (const auto& entry : all) {
    const auto body = wrap(entry.right, width, indent);
    if (display_width(entry.left) > left) {
      out += "  " + entry.left + "\n" + body;
    } else if (body.empty()) {
      out += "  " + entry.left + "\n";
    } else {
      out += "  " + pad(entry.left, left) + "  " + body.substr(static_cast<std::size_t>(indent));
    }
  }
  return out;
}

std::string flag_label(std::string_view name, std::string_view hint) {
  return hint.empty() ? fmt::format("--{}", name) : fmt::format("--{} <{}>", name, hint);
}

std::vector<Entry> flag_entries(std::span<const GlobalFlag> flags, Lang lang) {
  std::vector<Entry> out;
  for (const auto& flag : flags) {
    out.push_back({flag_label(flag.name, flag.hint), std::string(tr(lang, flag.zh, flag.en))});
  }
  return out;
}

// What the field may hold: " (at most 60 characters)".
std::string limit_text(const pb::FieldDescriptor& field, Lang lang) {
  const auto words = limits::describe(field);
  if (words.en.empty()) return "";
  return lang == Lang::kZh ? fmt::format("（{}）", words.zh) : fmt::format(" ({})", words.en);
}

// Both languages, the reader's first: a county's people read Chinese, who looks over their
// shoulder may not.
std::string paragraphs(const Doc& doc, Lang lang, int width) {
  std::string out;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) out += wrap(text, width, 0);
  };
  add(lang == Lang::kZh ? doc.zh : doc.en);
  add(lang == Lang::kZh ? doc.en : doc.zh);
  return out;
}

int usable(int width) { return width > 40 ? std::min(width, 120) : kWidthDefault; }

}  // namespace

std::span<const GlobalFlag> request_flags() { return kRequestFlags; }

const std::vector<BuiltIn>& built_ins() {
  static const std::vector<BuiltIn> kAll = {
      {"watch",
       "lianmengctl watch --county 610524 [--service dispatch] [-o ndjson]",
       "实时查看一个县发生的事，每事一行；服务器重启后自动重连，Ctrl-C 结束。",
       "Shows a county's events as they happen, a line each; finds a restarted server again and "
       "ends with Ctrl-C.",
       {{"county", "id", "县编号", "the county's id"},
        {"service", "name", "哪个服务（默认 dispatch）", "which service (dispatch)"}}},
      {"import",
       "lianmengctl import FILE.ndjson [--dry-run] [--keep-going]",
       "逐行执行文件中的命令（每行一个 JSON：command、actor、effective_time、external_id、"
       "request）。可中断后重来，同一文件导入两次不会改变任何数据。值写成 @外部编号，"
       "即替换为该行所建对象的编号（@@ 表示 @ 本身）。",
       "Runs the commands of a file, a line of JSON each (command, actor, effective_time, "
       "external_id, request). May be broken off and run again: the same file twice changes "
       "nothing. A value \"@external-id\" stands for the id of what that line created (@@ is @).",
       {{"dry-run", "", "只校验，不写入", "validate only, write nothing"},
        {"keep-going", "", "出错后继续下一行", "go on after a refused line"}}},
      {"county",
       "lianmengctl county create --file county.toml",
       "由运维人员建县：文件写明县编号、名称、联盟办和首批人员（TOML 或 JSON，"
       "即 membership create-county 的请求）。",
       "Creates a county (the operator's right): the file has its id, name, office and first "
       "people "
       "(TOML or JSON, the request of membership create-county).",
       {{"file", "path", "县文件（TOML 或 JSON；- 为标准输入）",
         "the county's file (TOML or JSON; - reads standard input)"}}},
      {"keys",
       "lianmengctl keys backup --to FILE | keys restore --from FILE [--kafka HOST:PORT]",
       "备份或恢复个人信息密钥（与日志分开保存），来源为本机数据目录，或 Kafka 上的密钥主题。"
       "备份可在服务运行时进行；在本机恢复须先停止服务。只补回缺少的密钥，已删除的不会恢复。",
       "Backs up the keys of personal values of this machine, or those on Kafka, apart from the "
       "log, also while servers run; or restores them: on this machine while the server is "
       "stopped. "
       "A restore adds what is missing and brings back nothing that was erased.",
       {{"to", "file", "备份到此新文件", "backup: a new file"},
        {"from", "file", "从此备份恢复", "restore: a file that backup wrote"},
        {"data", "folder", "服务的数据目录（默认 data）", "the server's data folder (data)"},
        {"master-key", "file", "主密钥文件（默认数据目录下的 master.key）",
         "the master key's file (master.key in the data folder)"},
        {"kafka", "host:port", "密钥在 Kafka 上时，Kafka 的地址",
         "brokers, where the keys are on Kafka"},
        {"config", "file", "密钥在 Kafka 上时，服务的配置文件，取其中的 kafka.*",
         "a service's configuration file, for its kafka.*, where the keys are on Kafka"},
        {"development", "", "密钥主题只有一个副本也可", "one replica of their topic will do"}}},
      {"status", "lianmengctl status", "各服务是否可用。", "Whether each service serves.", {}},
      {"drain",
       "lianmengctl drain [--wait 60s]",
       "服务器停止受理：已受理的办完，定时与联动暂停，查询照常，状态落盘；等到完成为止。",
       "The server takes no commands: what was accepted is answered, timers and policies rest, "
       "reads go on, the state is written; waits until it is.",
       {{"wait", "duration", "最多等多久（默认 60s）", "how long to wait (60s)"}}},
      {"resume",
       "lianmengctl resume",
       "停止受理后恢复受理。",
       "Takes commands again after drain.",
       {}},
      {"stop",
       "lianmengctl stop [--wait 60s]",
       "有序停止本机服务器：已受理的办完，状态落盘；等到进程结束为止。",
       "Ends the server of this machine in good order; waits until the process is gone.",
       {{"wait", "duration", "最多等多久（默认 60s）", "how long to wait (60s)"}}},
      {"log",
       "lianmengctl log backup --to FOLDER | restore --from FOLDER | verify [--backup FOLDER] | "
       "copy --to-kafka HOST:PORT",
       "本机事件日志的备份（服务运行中也可）、恢复与校验，直接读写数据目录。备份不含密钥，"
       "密钥另用 keys 备份。copy 把日志连同密钥复制到 Kafka，来源为本机或另一套 Kafka；"
       "可中断后重来，也可在服务运行中先行复制，停止服务后再补齐。",
       "Backs up the event log of this machine (also while the server runs), brings it back, "
       "checks it; works on the data folder's files. A backup holds no keys. Or copies it with its "
       "keys to Kafka, from this machine or from another Kafka; run again, a copy goes on where it "
       "stands, so copy beside the running server, stop that, and copy the rest.",
       {{"data", "folder", "数据目录（默认 data）", "the server's data folder (data)"},
        {"to", "folder", "backup：备份目录，必须尚不存在", "backup: its folder, not there yet"},
        {"from", "folder", "restore：备份目录", "restore: the backup's folder"},
        {"backup", "folder", "verify：校验备份而非日志", "verify: a backup in place of the log"},
        {"master-key", "file", "copy：主密钥文件（默认数据目录下的 master.key）",
         "copy: the master key's file (master.key in the data folder)"},
        {"to-kafka", "host:port", "copy：复制到哪套 Kafka", "copy: the brokers to copy to"},
        {"to-config", "file", "copy：目标的配置文件，取其中的 kafka.*",
         "copy: a configuration file with their kafka.*"},
        {"from-kafka", "host:port", "copy：从哪套 Kafka 复制（默认本机数据目录）",
         "copy: the brokers to copy from (the data folder)"},
        {"from-config", "file", "copy：来源的配置文件，取其中的 kafka.*",
         "copy: a configuration file with their kafka.*"},
        {"development", "", "copy：目标主题只有一个副本也可",
         "copy: one replica will do for the target's topics"},
        {"kafka", "host:port", "Kafka 上的日志不备份成文件：请用 copy",
         "a log on Kafka is not backed up to files: use copy"},
        {"config", "file", "同 --kafka", "as --kafka"}}},
      {"state",
       "lianmengctl state verify [--data FOLDER] [--kafka HOST:PORT]",
       "用事件日志重新推算状态，逐行与状态库比较，指出不同之处；服务运行中也可。",
       "Folds the log anew and compares with the store row by row, naming what differs; also while "
       "the server runs.",
       {{"data", "folder", "数据目录（默认 data）", "the server's data folder (data)"},
        {"kafka", "host:port", "日志在 Kafka 上时，Kafka 的地址",
         "brokers, where the log is on Kafka"},
        {"config", "file", "日志在 Kafka 上时，服务的配置文件，取其中的 kafka.*",
         "a service's configuration file, for its kafka.*, where the log is on Kafka"}}},
      {"token",
       "lianmengctl token key --key FILE --keys FILE | token issue --key FILE --sub ACTOR --issuer "
       "NAME --audience NAME",
       "演示、测试和首次启用时自行签发令牌：key 新建密钥，公钥加入 --keys 文件；issue "
       "签发令牌，写到标准输出。",
       "Tokens of one's own, for a demonstration, a test, a first start: key makes a key and adds "
       "the public half to the file --keys; issue writes a token to standard output.",
       {{"key", "file", "私钥文件（key 新建，issue 用来签发）", "the private key, made by key"},
        {"keys", "file", "公钥文件，即服务器的 tokens.keys_file",
         "key: the public keys, the server's tokens.keys_file"},
        {"alg", "ES256|RS256", "算法（默认 ES256）", "key: the algorithm (ES256)"},
        {"sub", "actor", "操作人：人员编号或完整身份", "issue: who acts, as --as takes it"},
        {"act", "actor", "代 --sub 办理者，如 county-system:tax",
         "issue: who acts on behalf of --sub, as county-system:tax"},
        {"issuer", "name", "签发方，即服务器的 tokens.issuer", "issue: the server's tokens.issuer"},
        {"audience", "name", "接收方，即服务器的 tokens.audience",
         "issue: the server's tokens.audience"},
        {"lifetime", "duration", "有效期（默认 8h）", "issue: how long it is good (8h)"}}},
      {"topics",
       "lianmengctl topics plan|apply|check --kafka HOST:PORT [--development]",
       "Kafka 上的主题：plan 列出将要新建或更改的，apply 照此执行，check 逐条核对，有不符即以 1 "
       "退出。",
       "The topics on Kafka: plan tells what would be made or changed, apply does it, check names "
       "every setting that is wrong and exits with 1.",
       {{"kafka", "host:port", "Kafka 的地址，可写几个，以逗号分开",
         "brokers; some of the cluster will do"},
        {"config", "file", "服务的配置文件，取其中的 kafka.*（TLS、登录）",
         "a service's configuration file, for its kafka.* (TLS, signing in)"},
        {"development", "", "开发环境：只有一个副本也可",
         "one replica will do: a power cut may lose records"},
        {"replication", "number", "新建主题的副本数（默认 3）", "of topics to be made (3)"}}},
      {"completion",
       "lianmengctl completion bash|zsh|fish",
       "输出命令补全脚本，例如：source <(lianmengctl completion bash)",
       "Prints a completion script: source <(lianmengctl completion bash)",
       {}},
      {"version", "lianmengctl version", "程序版本。", "The version of this program.", {}},
  };
  return kAll;
}

const BuiltIn* find_built_in(std::string_view name) {
  const auto& all = built_ins();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const BuiltIn& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string program_help(const Catalogue& catalogue, Lang lang, int width) {
  width = usable(width);
  std::string out;
  out += tr(lang, "联盟命令行 lianmengctl：县域产业联盟的点单、接单与组织管理\n\n",
            "lianmengctl: the command line of Lianmeng (联盟), the operating system of a county's "
            "industry alliance\n\n");
  out += tr(lang, "用法：", "Usage: ");
  out += tr(lang, "lianmengctl <服务> <命令> [选项]   或   lianmengctl <工具> [选项]\n\n",
            "lianmengctl <service> <command> [flags]   or   lianmengctl <tool> [flags]\n\n");
  out += tr(lang, "服务：\n", "Services:\n");
  std::vector<Entry> services;
  for (const auto& service : catalogue.services()) {
    services.push_back({service.name, first_sentence(pick(doc_of(*service.descriptor), lang))});
  }
  out += entries(services, width);
  out += tr(lang, "\n工具：\n", "\nTools:\n");
  std::vector<Entry> tools;
  for (const auto& tool : built_ins()) {
    tools.push_back({std::string(tool.name), lang == Lang::kZh
                                                 ? std::string(tool.zh)
                                                 : first_sentence(std::string(tool.en))});
  }
  out += entries(tools, width);
  out += tr(lang, "\n通用选项：\n", "\nFlags of every command:\n");
  out += entries(flag_entries(global_flags(), lang), width);
  out += tr(lang, "\n退出码：\n", "\nExit codes:\n");
  out += entries(
      {{"0", std::string(tr(lang, "成功", "done"))},
       {"1", std::string(tr(lang, "未受理：规则不允许", "refused: a rule said no"))},
       {"2",
        std::string(tr(lang, "命令行或文件有误，未发送", "the command line or a file is wrong"))},
       {"3", std::string(tr(lang, "服务未应答，稍后再试", "no answer: try again later"))},
       {"4", std::string(tr(lang, "服务出错，查看其日志", "the server failed: see its log"))}},
      width);
  out += tr(lang, "\n更多：lianmengctl <服务> --help，lianmengctl <服务> <命令> --help\n",
            "\nMore: lianmengctl <service> --help, lianmengctl <service> <command> --help\n");
  return out;
}

std::string service_help(const Service& service, Lang lang, int width) {
  width = usable(width);
  auto out = paragraphs(doc_of(*service.descriptor), lang, width);
  out += fmt::format("\n{}lianmengctl {} <{}> [{}]\n\n{}", tr(lang, "用法：", "Usage: "),
                     service.name, tr(lang, "命令", "command"), tr(lang, "选项", "flags"),
                     tr(lang, "命令：\n", "Commands:\n"));
  std::vector<Entry> methods;
  for (int i = 0; i < service.descriptor->method_count(); ++i) {
    const auto& method = *service.descriptor->method(i);
    methods.push_back({kebab(method.name()), first_sentence(pick(doc_of(method), lang))});
  }
  return out + entries(methods, width);
}

std::string method_help(const Service& service, const pb::MethodDescriptor& method, Lang lang,
                        int width) {
  width = usable(width);
  const auto doc = doc_of(method);
  auto out = paragraphs(doc, lang, width);
  out += fmt::format("\n{}lianmengctl {} {} [{}]\n", tr(lang, "用法：", "Usage: "), service.name,
                     kebab(method.name()), tr(lang, "选项", "flags"));
  out += tr(lang, "\n选项：\n", "\nFlags:\n");
  std::vector<Entry> flags;
  const auto own = flags_of(*method.input_type());
  for (const auto& flag : own) {
    auto right = pick(doc_of(flag.field()), lang);
    const auto& field = flag.field();
    if (field.is_repeated()) right += tr(lang, "（可多次）", " (may be repeated)");
    right += limit_text(field, lang);
    // Long choices are listed below the flag with what each one means.
    auto hint = value_hint(flag);
    if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_ENUM && hint.size() > 24) {
      hint = std::string(tr(lang, "取值", "choice"));
    }
    flags.push_back({flag_label(flag.name, hint), right});
    if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_ENUM) continue;
    for (int i = 0; i < field.enum_type()->value_count(); ++i) {
      const auto& value = *field.enum_type()->value(i);
      if (value.number() == 0) continue;
      flags.push_back({"    " + short_name(value), pick(doc_of(value), lang)});
    }
  }
  for (const auto& flag : kRequestFlags) {
    if (find_flag(own, flag.name) != nullptr) continue;
    flags.push_back({flag_label(flag.name, flag.hint), std::string(tr(lang, flag.zh, flag.en))});
  }
  out += entries(flags, width);
  out += tr(lang, "\n通用选项：\n", "\nFlags of every command:\n");
  std::vector<Entry> globals;
  for (const auto& flag : global_flags()) {
    const bool taken = find_flag(own, flag.name) != nullptr;
    if (flag.name == "all" && list_field(*method.output_type()) == nullptr) continue;
    if (flag.name == "columns" && list_field(*method.output_type()) == nullptr) continue;
    auto right = std::string(tr(lang, flag.zh, flag.en));
    if (taken)
      right += tr(lang, "（与字段同名，写在服务名之前）",
                  " (a field has the name: put it before the service)");
    globals.push_back({flag_label(flag.name, flag.hint), right});
  }
  out += entries(globals, width);
  if (!doc.refusals.empty()) {
    out += tr(lang, "\n不予受理的原因：\n", "\nRefused with:\n");
    for (const auto& refusal : doc.refusals) out += wrap(refusal, width, 2);
  }
  return out;
}

std::string built_in_help(const BuiltIn& built_in, Lang lang, int width) {
  width = usable(width);
  Doc doc;
  doc.zh = built_in.zh;
  doc.en = built_in.en;
  auto out = paragraphs(doc, lang, width);
  out += fmt::format("\n{}{}\n", tr(lang, "用法：", "Usage: "), built_in.usage);
  if (!built_in.flags.empty()) {
    out += tr(lang, "\n选项：\n", "\nFlags:\n");
    out += entries(flag_entries(built_in.flags, lang), width);
  }
  out += tr(lang, "\n通用选项：\n", "\nFlags of every command:\n");
  return out + entries(flag_entries(global_flags(), lang), width);
}

}  // namespace lianmeng::ctl
