// Between requests and the domain, where both directions need it.
#pragma once

#include "dispatch/domain/submit.h"
#include "lianmeng/dispatch/v1/dispatch_service.pb.h"

namespace lianmeng::dispatch {

SubmitDemand submission(const v1::SubmitDemandRequest& request);

}  // namespace lianmeng::dispatch
