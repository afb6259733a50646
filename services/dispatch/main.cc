// lianmeng-dispatch: the service dispatch as a process of its own.
#include "dispatch/host/part.h"

int main(int argc, char** argv) {
  std::vector<std::unique_ptr<lianmeng::process::Part>> parts;
  parts.push_back(
      lianmeng::dispatch::make_dispatch_part(std::make_shared<lianmeng::process::Keys>()));
  return lianmeng::process::run("lianmeng-dispatch", LIANMENG_VERSION, std::move(parts), argc,
                                argv);
}
