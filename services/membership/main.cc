// lianmeng-membership: the service membership as a process of its own.
#include "membership/host/part.h"

int main(int argc, char** argv) {
  std::vector<std::unique_ptr<lianmeng::process::Part>> parts;
  parts.push_back(
      lianmeng::membership::make_membership_part(std::make_shared<lianmeng::process::Keys>()));
  return lianmeng::process::run("lianmeng-membership", LIANMENG_VERSION, std::move(parts), argc,
                                argv);
}
