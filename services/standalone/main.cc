// lianmeng: every service in one process. For one machine.
#include "dispatch/host/part.h"
#include "membership/host/part.h"
#include "notification/host/part.h"

int main(int argc, char** argv) {
  std::vector<std::unique_ptr<lianmeng::process::Part>> parts;
  const auto keys = std::make_shared<lianmeng::process::Keys>();
  parts.push_back(lianmeng::membership::make_membership_part(keys));
  parts.push_back(lianmeng::dispatch::make_dispatch_part(keys));
  parts.push_back(lianmeng::notification::make_notification_part());
  return lianmeng::process::run("lianmeng", LIANMENG_VERSION, std::move(parts), argc, argv);
}
