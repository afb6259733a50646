#include "platform/process/config.h"

namespace lianmeng::process {
namespace {

// Who is believed (trust.h).
void bind_trust(config::Options<Config>& options) {
  const auto tls = [](auto member) {
    return [member](Config& config) -> auto& { return config.tls.*member; };
  };
  const auto tokens = [](auto member) {
    return [member](Config& config) -> auto& { return config.tokens.*member; };
  };
  options
      .bind(
          "tls.certificate_file", tls(&Config::Tls::certificate_file),
          {"服务器证书文件（PEM）；为空则不用 TLS", "The server's certificate, PEM; empty: no TLS"})
      .bind("tls.key_file", tls(&Config::Tls::key_file),
            {"服务器证书的私钥文件（PEM）", "The key of that certificate, PEM"})
      .bind("tls.ca_file", tls(&Config::Tls::ca_file),
            {"签发调用方和各进程证书的机构证书文件（PEM）；为空则不要求对方证书",
             "The authorities of callers' and pods' certificates, PEM; empty: none is asked for"})
      .bind("tls.require_client_certificate", tls(&Config::Tls::require_client_certificate),
            {"是否只接受出示证书的连接", "Whether who shows no certificate is refused"})
      .bind("tokens.keys_file", tokens(&Config::Tokens::keys_file),
            {"验证令牌的公钥文件（JWKS）；与 keys_url 都为空则不验令牌",
             "Public keys that tokens are checked by (a JWK set); this and keys_url empty: no "
             "tokens are asked for"})
      .bind("tokens.keys_url", tokens(&Config::Tokens::keys_url),
            {"验证令牌的公钥网址（JWKS，https）", "Their URL instead of a file (https)"})
      .bind("tokens.keys_ca_file", tokens(&Config::Tokens::keys_ca_file),
            {"签发该网址证书的机构证书文件（PEM）；为空则用系统的",
             "Who vouches for that URL's server, PEM; empty: whom the system trusts"})
      .bind("tokens.keys_refresh", tokens(&Config::Tokens::keys_refresh),
            {"每隔多久重读一次该网址", "How often the URL is read again"},
            {.min = 1'000, .max = 86'400'000})
      .bind("tokens.issuer", tokens(&Config::Tokens::issuer),
            {"令牌的签发方（iss）", "Who issues the tokens (iss)"})
      .bind("tokens.audience", tokens(&Config::Tokens::audience),
            {"令牌的接收方（aud），即本系统的名称",
             "Whom they are meant for (aud): this system's name"})
      .bind("tokens.leeway", tokens(&Config::Tokens::leeway),
            {"与签发方时钟至多相差多少", "How far the issuer's clock may be from this one"},
            {.min = 0, .max = 600'000})
      .bind("tokens.operators", tokens(&Config::Tokens::operators),
            {"哪些名称可凭令牌充当运营方（operator:<名称>）；为空则没有",
             "Whom a token may name as operator:<name>; empty: nobody"});
}

}  // namespace

config::Options<Config> options(bool with_seal) {
  config::Options<Config> options;
  options
      .bind(
          "data.path", &Config::data_path,
          {"数据目录：日志、状态与密钥都在其下", "Folder of everything kept: log, state and keys"},
          {.min = 1})
      .bind("rpc.listen", &Config::rpc_listen,
            {"gRPC 监听地址；配置 tls.* 和 tokens.* 之前只能是本机",
             "Where gRPC listens; this machine only, unless tls.* and tokens.* are set"},
            {.min = 1})
      .bind("rpc.default_actor", &Config::rpc_default_actor,
            {"调用未说明操作人时以谁的身份办理，如 person:610524-p3；为空则拒绝",
             "Who acts where a call names nobody, as person:610524-p3; empty: it is refused"})
      .bind("ops.listen", &Config::ops_listen,
            {"运维端口（/metrics、/livez、/readyz）的监听地址",
             "Where /metrics, /livez and /readyz listen"},
            {.min = 1})
      .bind("log.level", &Config::log_level, {"运行日志的最低级别", "The least level of log lines"},
            {.one_of = {"debug", "info", "warn", "error", "off"}})
      .bind("log.kind", &Config::log_kind,
            {"事件日志的种类：embedded 为本机文件，kafka 见 kafka.*",
             "Which log: embedded, files of this machine, or kafka, which kafka.* is about"},
            {.one_of = {"embedded", "kafka"}})
      .bind("log.segment_mib", &Config::log_segment_mib,
            {"本机事件日志每个分段文件的大小，MiB",
             "Size of a segment file of the embedded log, in MiB"},
            {.min = 1, .max = 1024})
      .bind("store.cache_mib", &Config::store_cache_mib,
            {"状态库的缓存，MiB", "Cache of the state store, in MiB"}, {.min = 8, .max = 1 << 20})
      .bind("runtime.loops", &Config::runtime_loops,
            {"处理线程数；0 为每个处理器核一个", "Threads that decide; 0: one for each core"},
            {.min = 0, .max = 48})
      .bind("runtime.flush_events", &Config::runtime_flush_events,
            {"至多积累多少事件后写入状态库；越多则重启后需重读的越多",
             "Events that may wait for the state store; the more, the more a restart reads again"},
            {.min = 100, .max = 10'000'000})
      .bind("hosts.peers", &Config::hosts_peers,
            {"本服务各进程的 gRPC 地址，按序号排列；或一个含 {ordinal} 的地址；为空则只有本进程",
             "gRPC addresses of this service's pods in the order of their ordinals, or one with "
             "{ordinal} in it; empty: this pod is alone"})
      .bind("hosts.count", &Config::hosts_count,
            {"进程数，hosts.peers 含 {ordinal} 时填写",
             "How many pods there are, where hosts.peers has {ordinal}"},
            {.min = 0, .max = 1000})
      .bind("hosts.ordinal", &Config::hosts_ordinal,
            {"本进程的序号，从 0 起；-1 取主机名末尾的数字，如 dispatch-3",
             "Which of the pods this is, from 0; -1: what the machine's name ends in, as "
             "dispatch-3"},
            {.min = -1, .max = 999})
      .bind("hosts.replicas", &Config::hosts_replicas,
            {"每个分区由几个进程承办", "How many pods host each partition"},
            {.min = 1, .max = 1000})
      .bind("checkpoint.take", &Config::checkpoint_take,
            {"状态库为空时，先向同伴取状态检查点，再读日志的余下部分",
             "With an empty store, take the state from peers and then read the log's tail"})
      .bind("checkpoint.mib_per_second", &Config::checkpoint_mib_per_second,
            {"向同伴传送检查点的速度上限（MiB/秒，合计）",
             "How fast checkpoints are given to peers, MiB a second for all together"},
            {.min = 1, .max = 10'000});
  bind_trust(options);
  if (with_seal) {
    options.bind("seal.master_key_file", &Config::seal_master_key_file,
                 {"主密钥文件；为空则用数据目录下的 master.key",
                  "File of the master key; empty: master.key in the data folder"});
  }
  log::bind_kafka(options, &Config::kafka);
  return options;
}

}  // namespace lianmeng::process
