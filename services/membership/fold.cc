#include "membership/fold.h"

#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"

namespace lianmeng::membership {

namespace {

class MembershipFold final : public runtime::Fold {
 public:
  std::string_view service() const override { return "membership"; }
  int version() const override { return 3; }
  const google::protobuf::Message& prototype() const override {
    return v1::MembershipEvent::default_instance();
  }
  std::span<const Reason* const> reasons() const override { return membership::reasons(); }

  void apply(state::Tx& state, const google::protobuf::Message& event,
             const EventMeta& meta) const override {
    membership::apply(state, static_cast<const v1::MembershipEvent&>(event), meta);
  }
  std::string subject(const google::protobuf::Message& event) const override {
    return subject_of(static_cast<const v1::MembershipEvent&>(event));
  }
};

}  // namespace

const runtime::Fold& membership_fold() {
  static const MembershipFold fold;
  return fold;
}

}  // namespace lianmeng::membership
