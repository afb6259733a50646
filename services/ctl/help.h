// Help in both languages, from the comments of the protos.
#pragma once

#include <string>

#include "ctl/descriptors.h"
#include "ctl/options.h"

namespace lianmeng::ctl {

// A command that is not generated from a service.
struct BuiltIn {
  std::string_view name;
  std::string_view usage;
  std::string_view zh;
  std::string_view en;
  OwnFlags flags;
};

const std::vector<BuiltIn>& built_ins();
const BuiltIn* find_built_in(std::string_view name);

std::string program_help(const Catalogue& catalogue, Lang lang, int width);
std::string service_help(const Service& service, Lang lang, int width);
std::string method_help(const Service& service, const pb::MethodDescriptor& method, Lang lang,
                        int width);
std::string built_in_help(const BuiltIn& built_in, Lang lang, int width);

// --json and --file, which every generated command has where no field takes the name.
std::span<const GlobalFlag> request_flags();

}  // namespace lianmeng::ctl
