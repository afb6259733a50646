// The descriptor sets that the build embeds.
#pragma once

#include <string_view>

namespace lianmeng::ctl {

// Every service found under protos/, with its comments.
std::string_view embedded_services();

}  // namespace lianmeng::ctl
