#include "platform/identity/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string_view>

#include "platform/identity/key_set.h"

namespace lianmeng::identity {
namespace {

constexpr long kTimeoutMs = 5'000;
constexpr long kConnectMs = 3'000;

tl::unexpected<Error> unreadable(const KeyPlace& place, std::string why) {
  return fail(ErrorKind::kUnavailable, "KEYS_UNREADABLE",
              fmt::format("{} cannot be read: {}", to_string(place), why));
}

// Of "http://127.0.0.1:8080/jwks" the host.
std::string host_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  char* host = nullptr;
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) {
    return "";
  }
  std::string out(host);
  curl_free(host);
  return out;
}

// An address, and not a name that begins like one.
bool is_127(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

Result<std::string> read_file(const KeyPlace& place) {
  std::ifstream in(place.file, std::ios::binary);
  if (!in) return unreadable(place, std::strerror(errno));
  std::string bytes(kKeySetBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad()) return unreadable(place, std::strerror(errno));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

std::size_t take_bytes(const char* data, std::size_t, std::size_t size, void* target) {
  auto& bytes = *static_cast<std::string*>(target);
  if (bytes.size() + size > kKeySetBytesMax) return 0;  // libcurl ends the transfer.
  bytes.append(data, size);
  return size;
}

int ask_cancelled(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(cancelled))() ? 1 : 0;
}

Result<std::string> ask_url(const KeyPlace& place, const std::function<bool()>& cancelled) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(),
                                                                   curl_easy_cleanup);
  if (handle == nullptr) return unreadable(place, "libcurl made no handle");
  std::string bytes;
  char why[CURL_ERROR_SIZE] = "";
  auto* const curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, place.url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // Other threads run.
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);  // Keys come from where it is written.
  // In the clear they come from this machine (check_place): not through a proxy of the environment.
  if (place.url.starts_with("http://")) curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &bytes);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_cancelled);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &cancelled);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "lianmeng");
  if (!place.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, place.ca_file.c_str());
  const auto code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    return unreadable(place, why[0] != '\0' ? std::string(why) : curl_easy_strerror(code));
  }
  // FAILONERROR lets a redirection through, whose body is no key set.
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return unreadable(place, fmt::format("it answered {}", status));
  return bytes;
}

}  // namespace

std::string to_string(const KeyPlace& place) {
  return place.url.empty() ? place.file.string() : place.url;
}

Status check_place(const KeyPlace& place) {
  const auto wrong = [](std::string text) {
    return fail(ErrorKind::kInvalidArgument, "KEYS_PLACE", std::move(text));
  };
  if (place.file.empty() == place.url.empty()) {
    return wrong("the keys of tokens come from a file or from a URL: name one of both");
  }
  if (place.url.empty()) return {};
  const auto host = host_of(place.url);
  const bool here = host == "localhost" || host == "[::1]" || is_127(host);
  const bool https = place.url.starts_with("https://");
  if (host.empty() || !(https || (here && place.url.starts_with("http://")))) {
    return wrong(
        fmt::format("{} is no URL to read keys from: whoever can change what comes from "
                    "there can sign as anybody. Use https://",
                    place.url));
  }
  return {};
}

Result<std::string> fetch(const KeyPlace& place, const std::function<bool()>& cancelled) {
  return place.url.empty() ? read_file(place) : ask_url(place, cancelled);
}

}  // namespace lianmeng::identity
