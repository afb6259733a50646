// lianmeng-notification: the service notification as a process of its own.
#include "notification/host/part.h"

int main(int argc, char** argv) {
  std::vector<std::unique_ptr<lianmeng::process::Part>> parts;
  parts.push_back(lianmeng::notification::make_notification_part());
  return lianmeng::process::run("lianmeng-notification", LIANMENG_VERSION, std::move(parts), argc,
                                argv);
}
