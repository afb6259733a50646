#include "simulation/audit/notification.h"

#include <string>
#include <utility>

#include "lianmeng/notification/v1/notification_events.pb.h"

namespace lianmeng::simulation {

namespace nv = notification::v1;

namespace {

// What the events have told so far.
class Notices {
 public:
  Notices(const std::vector<Fact>& causes, const DispatchAudit& dispatch, Findings& findings)
      : causes_(causes), dispatch_(dispatch), findings_(findings) {}

  void step(const Fact& fact, const nv::NotificationEvent& event) {
    switch (event.event_case()) {
      case nv::NotificationEvent::kNoticePosted:
        return post(fact, event.notice_posted());
      case nv::NotificationEvent::kMailingAdvanced:
        for (const auto& person : event.mailing_advanced().person_ids()) {
          tell(fact, event.mailing_advanced().posting_number(), person);
        }
        return;
      case nv::NotificationEvent::kNoticeRead:
        return read(fact, event.notice_read());
      case nv::NotificationEvent::kNoticesReadUpTo:
        return read(fact, event.notices_read_up_to());
      default:
        return;
    }
  }

  void check_that_askers_heard() {
    for (const auto& [sequence, asker] : dispatch_.asker_hears()) {
      const auto found = told_of_.find(sequence);
      expect(found != told_of_.end() && found->second.contains(asker), causes_[sequence - 1],
             asker + " asked for it and was not told");
    }
  }

  Inboxes take_inboxes() { return std::move(inboxes_); }

 private:
  void expect(bool right, const Fact& fact, const std::string& what) {
    findings_.expect(right, fact, what);
  }

  void post(const Fact& fact, const nv::NoticePosted& e) {
    expect(e.posting_number() == ++postings_[fact.county], fact, "not the next posting");
    if (!fact.cause || fact.cause->service != "dispatch" || fact.cause->sequence == 0 ||
        fact.cause->sequence > causes_.size()) {
      return expect(false, fact, "a notice of nothing");
    }
    const auto& cause = causes_[fact.cause->sequence - 1];
    expect(cause.county == fact.county && cause.subject == "demands/" + e.demand_id(), fact,
           "of another's event");
    expect(!dispatch_.is_silent(cause.sequence), fact, "history was told");
    auto& people = told_of_[cause.sequence];
    for (const auto& part : e.parts()) {
      for (const auto& person : part.person_ids()) {
        tell(fact, e.posting_number(), person);
        people.insert(person);
        expect(cause.actor != "person:" + person, fact, "who did it is told");
      }
    }
  }

  void tell(const Fact& fact, std::int64_t posting, const std::string& person) {
    expect(told_[{fact.county, posting}].insert(person).second, fact, person + " is told twice");
    auto& inbox = inboxes_[{fact.county, person}];
    inbox.unread.insert(++inbox.last);
  }

  void read(const Fact& fact, const nv::NoticeRead& e) {
    expect(fact.actor == "person:" + e.person_id(), fact, "read by somebody else");
    expect(inboxes_[{fact.county, e.person_id()}].unread.erase(e.notice_number()) == 1, fact,
           "no unread notice");
  }

  void read(const Fact& fact, const nv::NoticesReadUpTo& e) {
    auto& inbox = inboxes_[{fact.county, e.person_id()}];
    expect(e.up_to_number() <= inbox.last, fact, "reads what is not there");
    const auto read = std::erase_if(
        inbox.unread, [&](std::int64_t number) { return number <= e.up_to_number(); });
    expect(read > 0, fact, "nothing was unread");
  }

  const std::vector<Fact>& causes_;
  const DispatchAudit& dispatch_;
  Findings& findings_;
  std::map<std::string, std::int64_t> postings_;                                // By county.
  std::map<std::pair<std::string, std::int64_t>, std::set<std::string>> told_;  // By posting.
  std::map<std::uint64_t, std::set<std::string>> told_of_;  // By event of dispatch.
  Inboxes inboxes_;
};

}  // namespace

Inboxes check_notification(const std::vector<Fact>& facts, const std::vector<Fact>& causes,
                           const DispatchAudit& dispatch, Findings& findings) {
  Notices notices(causes, dispatch, findings);
  for (const auto& fact : facts) {
    nv::NotificationEvent event;
    if (parse(fact, event)) notices.step(fact, event);
  }
  notices.check_that_askers_heard();
  return notices.take_inboxes();
}

}  // namespace lianmeng::simulation
