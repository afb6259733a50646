#include "platform/store/store.h"

namespace lianmeng::store {
namespace {

Error unsupported() {
  return make_error(ErrorKind::kUnimplemented, "CHECKPOINT_UNSUPPORTED",
                    "this kind of store keeps no files");
}

}  // namespace

Result<Checkpoint> Store::export_partition(std::string_view, int, const std::string&) {
  return fail(unsupported());
}

Status Store::import_partition(std::string_view, int, const std::string&, const Checkpoint&) {
  return fail(unsupported());
}

}  // namespace lianmeng::store
