// A file of commands (NDJSON), read and checked before anything is sent.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/descriptors.h"
#include "platform/base/error.h"

namespace lianmeng::ctl {

// "@heyang-yao" or "@heyang#office.organisation_id": the id of what an earlier line created, or
// what its answer has at that path.
struct Reference {
  std::string external_id;
  std::string path;  // Empty: the id of the created resource.

  auto operator<=>(const Reference&) const = default;
};

// Nothing when the text is no reference ("@@name" is the text "@name").
std::optional<Reference> parse_reference(std::string_view text);

struct ImportLine {
  int number = 0;  // In the file, from 1.
  const pb::MethodDescriptor* method = nullptr;
  std::string command;  // "dispatch.SubmitDemand", for people.
  std::string actor;    // With references as they stand.
  std::string external_id;
  std::string effective_time;
  std::string county;
  std::string request;  // JSON, with references as they stand.
  std::vector<Reference> references;
};

struct ImportFile {
  std::vector<ImportLine> lines;
  std::vector<Error> problems;  // Usage errors, each naming its line.
};

// Blank lines and lines that begin with # are passed over. `default_actor` acts where a line names
// nobody. Checks what needs no server: JSON, names of commands and fields, external ids that come
// twice, references to lines that are not there or come later.
ImportFile read_import(const Catalogue& catalogue, const std::string& text,
                       const std::string& default_actor);

using Resolved = std::map<Reference, std::string>;

// The request with its references put in. Every one must be in `resolved`.
Result<std::unique_ptr<pb::Message>> make_request(const Catalogue& catalogue,
                                                  const ImportLine& line, const Resolved& resolved);
std::string make_actor(const ImportLine& line, const Resolved& resolved);

// What a reference to this line stands for; empty when the answer has nothing there.
std::string referred_to(const pb::Message& response, const std::string& path);

}  // namespace lianmeng::ctl
