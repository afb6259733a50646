#include "platform/rpc/batch_call.h"

#include "platform/limits/limits.h"

namespace lianmeng::rpc {
namespace internal {

Status check_batch(const google::protobuf::Message& request, int size) {
  std::vector<FieldViolation> wrong;
  if (!limits::check_readable(request, &wrong)) {
    return fail(to_error(refuse_field(std::move(wrong.front().field),
                                      std::move(wrong.front().description_zh),
                                      std::move(wrong.front().description_en))));
  }
  if (size >= 1 && size <= kBatchMax) return {};
  return fail(to_error(refuse_field("commands",
                                    "一批应有 1 至 " + std::to_string(kBatchMax) +
                                        " 条命令，现为 " + std::to_string(size) + " 条。",
                                    "a batch has 1 to " + std::to_string(kBatchMax) +
                                        " commands; " + std::to_string(size) + " were given.")));
}

Error batch_county_error(const CountyId& county, const CountyId& given) {
  return to_error(refuse(kBatchCounty, {{"county", county.str()}, {"given", given.str()}}));
}

}  // namespace internal
}  // namespace lianmeng::rpc
