// Where a key set is read from: a file, or a URL.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "platform/base/error.h"
#include "platform/base/time.h"

namespace lianmeng::identity {

// One of both.
struct KeyPlace {
  std::filesystem::path file = {};
  std::string url = {};  // https:, or http: on this machine.
  // Who may vouch for the URL's server; empty: whom the system trusts.
  std::filesystem::path ca_file = {};
};

// "identity/keys.json", "https://id.example.cn/jwks": as errors name it.
std::string to_string(const KeyPlace& place);

// Error KEYS_PLACE unless it is one of both, and the URL is one that may be asked.
Status check_place(const KeyPlace& place);

// The bytes there, at most kKeySetBytesMax. A URL is asked within 5 s, without following it
// elsewhere; `cancelled` ends that early when it says true (asked about once a second).
// Error KEYS_UNREADABLE.
Result<std::string> fetch(const KeyPlace& place, const std::function<bool()>& cancelled);

}  // namespace lianmeng::identity
