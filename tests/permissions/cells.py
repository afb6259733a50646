"""What a cell of the table is: one call, or several that must agree, and the word for its outcome."""

import datetime
import json
import re
import threading

import grpc
from google.protobuf import json_format

from county import COUNTY, SERVICES, Refused

# Refusals that tell no more than that there is nothing: the words "hidden" and "no" of the table.
HIDDEN = {"DEMAND_UNKNOWN", "PERSON_UNKNOWN", "ORGANISATION_UNKNOWN", "POST_UNKNOWN"}
# Told to whoever asks, since an operator's tool must find out what serves.
FOR_NOBODY = {"platform.Ping", "platform.GetInfo"}
# What differs between an answer and the same as of a time behind everything: when it was asked.
OF_THE_MOMENT = {"read_token", "remaining_minutes", "text_zh"}
OLD = "2023-06-28T01:00:00Z"
NEVER_PERSONS = {"system", "operator"}
# Whose inbox answers nobody, or who has none.
WITHOUT_INBOX = NEVER_PERSONS | {"erased"}
# Who may record what happened before.
IMPORTERS = {"coordinator", "own coordinator", "office"}
# The demand that each role looks at as its own: who asked for it.
OWN_DEMAND = {role: role for role in ("person", "household", "enterprise")}


def behind_everything():
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def lasting(answer):
    """An answer without what depends on the moment at which it was asked for."""
    if isinstance(answer, dict):
        return {name: lasting(value) for name, value in answer.items() if name not in OF_THE_MOMENT}
    return [lasting(value) for value in answer] if isinstance(answer, list) else answer


def word(refused):
    if refused is None:
        return "yes"
    if refused.reason in HIDDEN:
        return "hidden"
    if refused.reason == "PERMISSION_DENIED":
        return "no"
    if refused.reason == "DEMAND_STATE_UNFIT":
        return "state unfit"
    return refused.reason.lower().replace("_", " ")


class Cells:
    def __init__(self, api, county, sees):
        self.api = api
        self.county = county
        self.sees = sees
        self.found = {}  # What lists and counts gave, for rules beside the cells.
        p, d = county.places, county.people
        self.bodies = {
            "SubmitDemand": {"title": "修路", "kind": "DEMAND_KIND_ORDINARY"},
            "DeclineDemand": {"reason": "不属受理范围"},
            "PassBackDemand": {"reason": "不属本组"},
            "AssignHandler": {},
            "ReportProgress": {"words": "已联系"},
            "RecordContact": {"means": "CONTACT_MEANS_PHONE", "words": "已通话"},
            "InviteHelper": {"request": "请会办"},
            "AnswerInvitation": {"accepted": True},
            "IntroduceSupport": {"supporter": "大唐"},
            "CommentDemand": {"words": "收到"},
            "ReclassifyDemand": {"urgency": "URGENCY_URGENT", "reason": "灾情"},
            "SubmitResult": {"kind": "RESULT_KIND_SOLVED", "words": "已解决"},
            "SendBackResult": {"reason": "缺数据"},
            "RateDemand": {"solved": "SOLVED_ANSWER_YES", "content": 5},
            "ExplainRating": {"explanation": "已说明"},
            "RedoDemand": {"reason": "又坏了"},
            "WithdrawDemand": {"reason": "不需要了"},
            "RevealContact": {"reason": "核实情况"},
            "SetLimits": {"settings": [{"limit_class": "LIMIT_CLASS_ORDINARY",
                                        "clock_kind": "CLOCK_KIND_TAKE",
                                        "limit": {"unit": "LIMIT_UNIT_HALF_WORKING_DAYS", "amount": 2}}]},
            "SetCalendarYear": {"calendar": {"layer": "CALENDAR_LAYER_COUNTY", "year": 2030,
                                             "source": "县政府通知"}},
            "SetOfficeHours": {"spans": [{"from_minute": 510, "to_minute": 1020}]},
            "SetRoutingRule": {"rule": {"name": "资金", "kinds": ["DEMAND_KIND_FUNDS"],
                                        "lead_group_id": p["lead"]}},
            "UpdateCounty": {"name": "新合阳县"},
            "CreateOrganisation": {"name": "东村", "kind": "ORGANISATION_KIND_VILLAGE"},
            "UpdateOrganisation": {"organisation_id": p["shop"], "name": "新农资店"},
            "MoveOrganisation": {"organisation_id": p["shop"], "parent_id": p["township"]},
            "DissolveOrganisation": {"organisation_id": p["shop"], "reason": "停业"},
            "AddMembership": {"organisation_id": p["shop"], "alliance_id": p["team"],
                              "role": "MEMBERSHIP_ROLE_MEMBER"},
            "EndMembership": {"membership_id": county.membership, "reason": "届满"},
            "GetOrganisation": {"organisation_id": p["village"]},
            "GetCalendar": {"year": 2026},
            "GetPost": {"post_id": county.posts["village"]},
            "GetMembership": {"membership_id": county.membership},
            "SetRule": {"rule": {"rule_id": "own", "trigger": "TRIGGER_DEMAND_ROUTED",
                                 "audience": {"role": "AUDIENCE_ROLE_HOLDERS"},
                                 "channels": ["CHANNEL_INBOX"],
                                 "urgency": "NOTICE_URGENCY_NORMAL",
                                 "template_key": "rated.lead"}},
            "ResetRule": {"rule_id": "rated.lead"},
            "SetTemplate": {"template": {"template_key": "own", "trigger": "TRIGGER_DEMAND_ROUTED",
                                         "title_zh": "派单", "text_zh": "已派单"}},
            "PreviewTemplate": {"template_key": "rated.lead"},
        }
        rule = county.ask("dispatch", "SetRoutingRule", "office", rule={
            "name": "无", "industries": ["无此产业"], "lead_group_id": p["lead"]})
        self.bodies["RemoveRoutingRule"] = {"rule_id": rule["rule"]["rule_id"]}
        lead = county.ask("notification", "ListRules", "office", page_size=1000)["rules"]
        spec = next(r["spec"] for r in lead if r["spec"]["rule_id"] == "rated.lead")
        county.ask("notification", "SetRule", "office", rule=spec | {"disabled": True})
        self.bodies["SetRule"]["rule"] = spec | {"rule_id": "own"}

    # --- One cell ---
    def outcome(self, row, role):
        special = getattr(self, f"_{row.method}", None)
        if special:
            return special(row, role)
        if "demand_id" in self._fields(row):
            return self._on_demands(row, role, lambda fields: self._word(row, role, fields))
        return self._word(row, role, self._body(row, role))

    def _fields(self, row):
        service = self.api.client.service(SERVICES[row.rpc.split(".")[0]])
        return service.FindMethodByName(row.method).input_type.fields_by_name

    def _call(self, row, role, fields):
        """The answer of a query, or of a command that is only validated, both by itself and as a
        batch of one; raises what was refused."""
        service = row.rpc.split(".")[0]
        request = dict(fields)
        known = self._fields(row)
        if "county" in known:
            request = {"county": COUNTY} | request
        if "read_tokens" in known and service != "membership":
            request["read_tokens"] = self.county.tokens[-1:]
        if "validate_only" not in known:
            return self._query(service, row, role, request)
        request["validate_only"] = True
        try:
            answer, refused = self.api.call(service, row.method, request,
                                            self.county.actor(role)), None
        except Refused as error:
            answer, refused = None, error
        self._check_batch(service, row, role, request, refused)
        if refused:
            raise refused
        return answer

    def _query(self, service, row, role, request):
        """As it is now; as of a time behind everything nobody sees more or less."""
        def ask(fields):
            try:
                return self.api.call(service, row.method, request | fields,
                                     self.county.actor(role)), None
            except Refused as error:
                return None, error

        answer, refused = ask({})
        for time in ("as_of_recorded_time", "as_of_effective_time"):
            if time not in self._fields(row):
                continue
            then, no = ask({time: behind_everything()})
            if (word(no), lasting(then)) != (word(refused), lasting(answer)):
                raise AssertionError(f"{row.rpc} by {role}, {time}: {no or then}, now {refused or answer}")
        if refused:
            raise refused
        return answer

    def _check_batch(self, service, row, role, request, refused):
        command = re.sub(r"(?<!^)(?=[A-Z])", "_", row.method).lower()
        batch = self.api.client.service(SERVICES[service]).FindMethodByName("ExecuteCommands")
        one = batch.input_type.fields_by_name["commands"].message_type
        if command not in one.fields_by_name:
            return  # Its answer has no place in a batch.
        batch = self.api.call(service, "ExecuteCommands", {"commands": [{command: request}]},
                              self.county.actor(role))
        outcome = batch["outcomes"][0]
        if ("error" in outcome) != (refused is not None):
            raise AssertionError(f"{row.rpc} by {role}: {refused} alone, {outcome} in a batch")
        if refused:
            info = [d for d in outcome["error"]["details"] if d["@type"].endswith("ErrorInfo")]
            reason = info[0]["reason"] if info else ""
            if reason != refused.reason:
                raise AssertionError(
                    f"{row.rpc} by {role}: {refused.reason} alone, {reason} in a batch")

    def _word(self, row, role, fields):
        try:
            self._call(row, role, fields)
        except Refused as refused:
            return word(refused)
        return "yes"

    # --- Demands: the role's own, then one that is nothing to it ---
    def _on_demands(self, row, role, judge):
        state = row.case.split(",")[0] or "handled"
        asker = "township" if "新池镇" in row.case else OWN_DEMAND.get(role, "village")
        own = judge(self._demand_fields(row, asker, state))
        if "新池镇" in row.case:
            return own
        other = judge(self._demand_fields(row, "far village", state))
        sees = self.sees[role]
        # Who may not import is told so of any demand, before it is looked for.
        if "in the past" in row.case and own == other == "no":
            return own
        if sees == "own" and other != "hidden":
            return f"{own}, but {other} on another's"
        # Audit reads another's and does nothing with it, whatever else its holder is.
        if sees == "audit" and other != (own if row.method.startswith("Get") else "no"):
            return f"{own}, but {other} on another's"
        if sees == "nothing" and other != own:
            return f"{own}, but {other} on another's"
        # Of a group's case, its coordinator decides nothing; of another's like any other.
        if sees == "county" and own != "own group" and other != own and not self._by_group(row, role):
            return f"{own}, but {other} on another's"
        return own

    def _by_group(self, row, role):
        """What the coordinator who belongs to the leading group may as one of its members."""
        return role == "own coordinator" and row.cells["member"] == "yes"

    def _demand_fields(self, row, asker, state):
        party = self.county.party(asker, state)
        fields = self.bodies.get(row.method, {}) | {"demand_id": self.county.demand(asker, state)}
        far = asker == "far village"
        if row.method == "RouteDemand":
            fields["lead_group_id"] = party["lead"]
        if row.method in ("TakeDemand", "PassBackDemand"):
            fields["group_id"] = party["lead"]
        if row.method == "AssignHandler":
            fields["handler_person_id"] = self.county.people["third head" if far else "head"]
        if row.method == "InviteHelper":
            fields["group_id"] = self.county.places["fourth"]
        if row.method == "AnswerInvitation":
            fields["group_id"] = party["invited"]
        if "call-back" in row.case:
            fields["by_callback"] = True
        if "in the past" in row.case:
            fields["effective_time"] = OLD
        return fields

    def _body(self, row, role):
        fields = dict(self.bodies.get(row.method, {}))
        people, places = self.county.people, self.county.places
        case = row.case
        if row.method == "SubmitDemand":
            fields |= {"for a villager of 北顺村": {"asker_person_id": people["person"]},
                       "for 北顺村": {"asker_organisation_id": places["village"]},
                       "for 西村": {"asker_organisation_id": places["far village"]},
                       "found by 产业小组": {"found_by_group_id": places["lead"],
                                         "village_id": places["far village"]},
                       }.get(case, {})
        if row.method == "CreateCounty":
            fields |= {"county": COUNTY if case else "610599", "name": "某县", "short_name": "某",
                       "code": "610599", "office_name": "县委组织部",
                       "people": [{"name": "某主任", "posts": [
                           {"title": "主任", "role": "POST_ROLE_COUNTY_OFFICER"}]}]}
        if row.method == "RegisterPerson":
            at = "far village" if case == "of 西村" else "village"
            fields |= {"name": "某新人", "organisation_id": places[at]}
        if row.method == "UpdatePerson":
            fields |= {"phone": "13812345679", "person_id": self._person(case, role)}
        if row.rpc in ("membership.ErasePerson", "membership.RevealContact"):
            fields |= {"reason": "本人要求", "person_id": self._person(case, role)}
        if row.method == "AppointPost":
            kind = case.removeprefix("as ")
            at = {"GROUP_HEAD": "lead", "GROUP_MEMBER": "lead", "VILLAGE_CADRE": "village",
                  "MEMBER": "village", "SPECIALIST": "village", "TOWNSHIP_OFFICER": "township",
                  "REPRESENTATIVE": "enterprise"}.get(kind, "office")
            fields |= {"person_id": people["far person"], "name": "某人",
                       "post": {"organisation_id": places[at], "title": "某职",
                                "role": f"POST_ROLE_{kind}"}}
        if row.method == "EndPost":
            of = {"of a COORDINATOR": "own coordinator", "of a GROUP_MEMBER": "member",
                  "of a VILLAGE_CADRE": "village"}[case]
            fields |= {"post_id": self.county.posts[of], "reason": "调离"}
        if row.method == "GetPost" and case == "of a villager":
            fields["post_id"] = self.county.posts["person"]
        if case == "in the past":
            fields["effective_time"] = OLD
            if row.method == "SubmitDemand":
                fields["asker_organisation_id"] = places["village"]
        return fields

    def _person(self, case, role):
        if case == "oneself":
            return self.county.people.get(role, self.county.people["person"])
        return self.county.people[{"of 北顺村": "person", "of 西村": "far person",
                                   "with a public post": "village",
                                   "of a COORDINATOR": "own coordinator"}[case]]

    # --- Cells that say more than yes and no ---
    def _GetDemand(self, row, role):
        if "who asks" not in row.case:
            return self._on_demands(row, role, lambda fields: self._word(row, role, fields))
        asker = OWN_DEMAND.get(role, "village")
        try:
            answer = self._call(row, role, {"demand_id": self.county.demand(asker, "routed")})
        except Refused as refused:
            return word(refused)
        # By id anywhere in the answer: of the demand, or as who did something.
        known = self.county.people[asker] in json.dumps(answer)
        return "shown" if known else "not shown"

    _GetDemandHistory = _GetDemand

    def _reach(self, row, role, seen):
        """Of a list: whether it has the own demand, and another's."""
        state = "handled"
        own = self.county.demand(OWN_DEMAND.get(role, "village"), state) in seen
        other = self.county.demand("far village", state) in seen
        return {(True, True): "county", (True, False): "own", (False, False): "nothing"}.get(
            (own, other), "西村's")

    def _ListDemands(self, row, role):
        try:
            found = self._demands(row, role)
        except Refused as refused:
            return word(refused)
        if not row.case:
            self.found[role] = found
        return self._reach(row, role, found)

    def _filter(self, row):
        """The filter that the row names."""
        places, people = self.county.places, self.county.people
        return {"": {}, "asked by 西村": {"asker_organisation_id": places["far village"]},
                "asked by its cadre": {"asker_person_id": people["far village"]},
                "in 西村": {"place_id": places["far village"]},
                "of 培训小组": {"group_id": places["third"]},
                "handled by its member": {"handler_person_id": people["third member"]},
                "by words": {"text": "handled"}}[row.case]

    def _demands(self, row, role):
        answer = self.api.call("dispatch", "ListDemands", {
            "county": COUNTY, "page_size": 1000, "read_tokens": self.county.tokens[-1:],
            **self._filter(row)}, self.county.actor(role))
        return {demand["demand_id"] for demand in answer["demands"]}

    def _CountDemands(self, row, role):
        try:
            answer = self._call(row, role, self._filter(row))
        except Refused as refused:
            return word(refused)
        count = int(answer["count"])
        if count == len(self._demands(row, role)):
            return "as listed"
        county = len(self._demands(row, "office"))
        return "county" if count == county else f"{count}, not as listed"

    def _ListTodos(self, row, role):
        try:
            todos = self._call(row, role, {"page_size": 1000})["todos"]
        except Refused as refused:
            return word(refused)
        strange = {todo["demand_id"] for todo in todos} - self.found[role]
        return "own" if not strange else f"{sorted(strange)}, which are not listed"

    def _ExecuteCommands(self, row, role):
        return "each"  # Every command of the table is validated in a batch, too.

    def _Drain(self, row, role):
        outcome = self._word(row, role, {})
        if outcome == "yes":  # The cells that follow want a server that takes commands.
            self.api.call("platform", "Resume", {}, self.county.actor(role))
        return outcome

    def _Stop(self, row, role):
        return "not called" if role == "operator" else self._word(row, role, {})

    def _GetPerson(self, row, role):
        try:
            person = self._call(row, role, {"person_id": self._person(row.case, role)})["person"]
        except Refused as refused:
            return word(refused)
        seen = (person["phone"], person["identity_number"], person["address"])
        return {("13812345678", "****1234", "二组五号"): "whole",
                ("138****5678", "****1234", "二组五号"): "kept",
                ("138****5678", "****1234", ""): "masked",
                ("", "", ""): "public"}.get(seen, f"{seen}")

    def _ListPeople(self, row, role):
        try:
            people = self._call(row, role, {"page_size": 1000})["people"]
        except Refused as refused:
            return word(refused)
        listed = {person["person_id"]: person for person in people}
        got = {}
        for person in self.county.people.values():
            try:
                got[person] = self.api.call("membership", "GetPerson",
                                            {"county": COUNTY, "person_id": person},
                                            self.county.actor(role))["person"]
            except Refused:
                pass
        return "as got" if listed == got else f"{sorted(listed)} listed, {sorted(got)} got"

    def _ListPosts(self, row, role):
        try:
            posts = self._call(row, role, {"page_size": 1000})["posts"]
        except Refused as refused:
            return word(refused)
        listed = {entry["post"]["post_id"]: entry for entry in posts}
        got = {}
        for post in self.county.posts.values():
            try:
                got[post] = self.api.call("membership", "GetPost",
                                          {"county": COUNTY, "post_id": post},
                                          self.county.actor(role))["post"]
            except Refused:
                pass
        # Of somebody with two posts `posts` has the first.
        agree = all(listed.get(post) == entry for post, entry in got.items())
        hidden = set(self.county.posts.values()) - got.keys()
        return "as got" if agree and not hidden & listed.keys() else f"{listed} listed, {got} got"

    def _ListReveals(self, row, role):
        """Without a filter, and of what was shown of the caller."""
        service = row.rpc.split(".")[0]
        all_there_are, seen = self.county.reveals(service), set()
        try:
            for fields in ({}, {"person_id": self.county.people.get(role, "610524-p1")}):
                for reveal in self._call(row, role, fields | {"page_size": 1000})["reveals"]:
                    seen.add((reveal["by_person_id"], reveal["person_id"]))
        except Refused as refused:
            return word(refused)
        me = self.county.people[role]
        own = {reveal for reveal in all_there_are if me in reveal}
        if seen == all_there_are:
            return "county"
        return ("own" if own else "nothing") if seen == own else f"{sorted(seen)}"

    def _GetHistory(self, row, role):
        person, post = self.county.people["person"], self.county.posts["person"]
        subject = {"of a villager": f"people/{person}", "of a villager's post": f"posts/{post}",
                   "of a membership": f"memberships/{self.county.membership}",
                   "of the county": f"counties/{COUNTY}",
                   "of an organisation": f"organisations/{self.county.places['village']}"}[row.case]
        try:
            entries = self._call(row, role, {"subject": subject})["entries"]
        except Refused as refused:
            return word(refused)
        return "yes" if entries else "nothing"

    def _inbox(self, row, role, fields):
        """An inbox is the caller's: whoever is a person has one, if only an empty one."""
        try:
            self._call(row, role, fields)
        except Refused as refused:
            empty = row.method == "MarkAllNoticesRead" and self._last_notice(role) == 0
            if refused.reason in ("NOTICE_UNKNOWN", "NOTHING_UNREAD") or empty:
                return "own" if refused.reason != "PERMISSION_DENIED" else "no"
            return word(refused)
        return "own"

    def _ListNotices(self, row, role):
        return self._inbox(row, role, {})

    _CountUnread = _ListNotices

    def _MarkNoticeRead(self, row, role):
        return self._inbox(row, role, {"notice_number": 1})

    def _MarkAllNoticesRead(self, row, role):
        return self._inbox(row, role, {"up_to_number": self._last_notice(role)})

    def _last_notice(self, role):
        if role in WITHOUT_INBOX:
            return 1
        inbox = self.api.call("notification", "CountUnread", {"county": COUNTY},
                              self.county.actor(role))["inbox"]
        return int(inbox["last_notice_number"])

    # --- Streams: all open at once, then what they tell of ---
    def _WatchDemands(self, row, role):
        if row.case:
            return self._on_demands(row, role,
                                    lambda fields: self._watch_one(role, fields["demand_id"]))
        if not hasattr(self, "watched"):
            self.watched = self._watch_demands(row)
        return self.watched[role]

    def _watch_demands(self, row):
        roles = list(row.cells)
        watches = {role: Watch(self.api, self.county, "dispatch", "WatchDemands", role)
                   for role in roles}
        last = Watch(self.api, self.county, "dispatch", "WatchDemands", "office")
        subjects = {asker: self.county.demand(asker, "handled")
                    for asker in ("village", "person", "household", "enterprise", "far village")}
        for demand in subjects.values():
            self.county.ask("dispatch", "CommentDemand", "coordinator", demand_id=demand, words="在")
        self.county.ask("dispatch", "SetOfficeHours", "office",
                        spans=[{"from_minute": 480, "to_minute": 1020}])
        ended = last.until("OfficeHoursSet")
        outcomes = {}
        for role, watch in watches.items():
            if not self._in_roster(role):
                outcomes[role] = watch.first()
                continue
            # Whoever watches hears of the county's hours.
            events = watch.until("OfficeHoursSet")
            outcomes[role] = self._reach(row, role, {event["demand_id"] for event in events})
        last.stop()
        assert len({event["demand_id"] for event in ended}) > len(subjects) - 1
        return outcomes

    def _in_roster(self, role):
        return role not in NEVER_PERSONS | {"elsewhere", "erased"}

    def _watch_one(self, role, demand):
        watch = Watch(self.api, self.county, "dispatch", "WatchDemands", role, demand_id=demand)
        self.county.ask("dispatch", "CommentDemand", "coordinator", demand_id=demand, words="在")
        outcome = watch.first()
        watch.stop()
        return outcome

    def _WatchNotices(self, row, role):
        if not hasattr(self, "told"):
            self.told = self._watch_notices(row)
        return self.told[role]

    def _watch_notices(self, row):
        watches = {role: Watch(self.api, self.county, "notification", "WatchNotices", role)
                   for role in row.cells}
        demand = self.county.demand("village", "closed")
        self.county.ask("dispatch", "RedoDemand", "village", demand_id=demand, reason="又坏了")
        outcomes = {}
        told = {"handler", "head", "coordinator", "own coordinator"}
        for role in told:
            assert watches[role].until("", count=1)[0]["demand_id"] == demand
        for role, watch in watches.items():
            if role in WITHOUT_INBOX:
                outcomes[role] = watch.first()
            else:
                events = watch.stop()
                strange = bool(events) != (role in told)
                outcomes[role] = f"told {events}" if strange else "own"
        return outcomes

    def _looks(self):
        """What audit is shown is on record once it is answered; nobody else's looks are."""
        demand = self.county.demand("village", "handled")
        people = self.county.people
        yield from self._looks_at(
            "dispatch", "demand_ids", lambda listed: [d["demand_id"] for d in listed.get("demands", listed.get("todos"))],
            [("GetDemand", {"demand_id": demand}, [demand]),
             ("GetDemandHistory", {"demand_id": demand}, [demand]),
             ("ListDemands", {"page_size": 2}, None), ("CountDemands", {}, []),
             ("ListTodos", {}, None)], ("office", "coordinator", "chair", "village"),
            ("audit", "own auditor"))
        person = people["person"]
        yield from self._looks_at(
            "membership", "person_ids", lambda listed: [p["person_id"] for p in listed["people"]],
            [("GetPerson", {"person_id": person}, [person]),
             ("GetHistory", {"subject": f"people/{person}"}, [person]),
             ("ListPeople", {"page_size": 2}, None),
             # What everybody in the roster sees, and oneself, is no look of audit's.
             ("GetPerson", {"person_id": people["audit"]}, False),
             ("GetOrganisation", {"organisation_id": self.county.places["village"]}, False),
             ("GetPost", {"post_id": self.county.posts["village"]}, False)],
            ("office", "coordinator", "chair", "village"))

    def _looks_at(self, service, ids, listed_ids, asked, others, auditors=("audit",)):
        """`asked`: method, fields, whom a look names (None: whom the list shows; False: no look)."""
        def looks():
            token, found = "", []
            while True:
                page = self.api.call(service, "ListAuditLooks",
                                     {"county": COUNTY, "page_size": 1000, "page_token": token},
                                     self.county.actor("office"))
                found += page["looks"]
                token = page["next_page_token"]
                if not token:
                    return found

        before = len(looks())
        wanted = []
        for role in (*auditors, *others):
            for method, fields, named in asked:
                try:
                    answer = self.api.call(service, method, {"county": COUNTY} | fields,
                                           self.county.actor(role))
                except Refused:
                    continue  # Not for the chair; what it is shown, it is not shown as audit.
                if role in auditors and named is not False:
                    wanted.append((method, listed_ids(answer) if named is None else named))
        got = looks()[before:]
        yield (f"the looks of audit on record of {service}", wanted,
               [(look["method"], look[ids]) for look in got])
        yield ("who looked", {self.county.people[role] for role in auditors},
               {look["person_id"] for look in got})

    # --- Rules beside the cells ---
    def _told_what_they_see(self):
        """A notice tells of demands that its reader may see when it comes."""
        for role in self.found:
            yield (f"demands that {role} is told of and may not see", [],
                   sorted(demand for demand in set(self._told(role))
                          if not self._may_get(role, demand)))
        yield from self._told_after_leaving()

    def _told(self, role, *tokens):
        """The demand of each notice in the role's inbox, the newest first."""
        page_token, told = "", []
        while True:
            page = self.api.call("notification", "ListNotices",
                                 {"county": COUNTY, "page_size": 1000, "page_token": page_token,
                                  "read_tokens": list(tokens)},
                                 self.county.actor(role))
            told += [notice["demand_id"] for notice in page["notices"]]
            page_token = page["next_page_token"]
            if not page_token:
                return told

    def _told_after_leaving(self):
        """Who lost their post hears of a demand no longer than they may see it."""
        county, places = self.county, self.county.places
        leaving = {"left cadre": ("village", "VILLAGE_CADRE"),
                   "left recorder": ("office", "COORDINATOR"),
                   "left handler": ("lead", "GROUP_MEMBER")}
        for key, (place, role) in leaving.items():
            county._register(key, place, (place, role))
        demand = county.ask("dispatch", "SubmitDemand", "left cadre", title="修桥",
                            kind="DEMAND_KIND_FUNDS")["demand"]["demand_id"]
        recorded = county.ask("dispatch", "SubmitDemand", "left recorder", title="修渠",
                              kind="DEMAND_KIND_FUNDS",
                              asker_organisation_id=places["village"])["demand"]["demand_id"]
        for one in (demand, recorded):
            county.ask("dispatch", "RouteDemand", "coordinator", demand_id=one,
                       lead_group_id=places["lead"])
            county.ask("dispatch", "TakeDemand", "head", demand_id=one, group_id=places["lead"])
            last = county.ask("dispatch", "AssignHandler", "head", demand_id=one,
                              handler_person_id=county.people["left handler"])
        before = {key: self._told(key, last["read_token"]) for key in leaving}
        yield ("who are told while they hold their posts", set(leaving),
               {key for key, told in before.items() if told})
        for key in leaving:
            county.ask("membership", "EndPost", "office", post_id=county.posts[key], reason="调离")
        self._told("head", county.tokens[-1])
        for one in (demand, recorded):
            county.ask("dispatch", "SubmitResult", "head", demand_id=one,
                       kind="RESULT_KIND_SOLVED", words="已解决")
            last = county.ask("dispatch", "AcceptResult", "coordinator", demand_id=one)
        for key, told in before.items():
            since = self._told(key, last["read_token"])
            since = since[:len(since) - len(told)]
            seen = {one for one in (demand, recorded) if self._may_get(key, one)}
            yield f"demands that {key} is told of after they left", seen, set(since)

    def _may_get(self, role, demand):
        try:
            self.api.call("dispatch", "GetDemand", {"county": COUNTY, "demand_id": demand},
                          self.county.actor(role))
        except Refused:
            return False
        return True

    def _called_by_nobody(self):
        for service, name in SERVICES.items():
            for method in self.api.client.service(name).methods:
                known = method.input_type.fields_by_name
                try:
                    self.api.call(service, method.name,
                                  {"county": COUNTY} if "county" in known else {}, None)
                    got = "OK"
                except Refused as refused:
                    got = refused.code
                rpc = f"{service}.{method.name}"
                yield (f"{rpc}, called by nobody, is answered", rpc in FOR_NOBODY,
                       got not in ("UNAUTHENTICATED", "PERMISSION_DENIED"))

    def _in_the_past(self, rows):
        """A command that says when it happened is an import, whatever its row says otherwise."""
        for row in rows:
            if "effective_time" not in self._fields(row) or hasattr(self, f"_{row.method}"):
                continue
            # The operator founds a county, which may be one that there has been.
            may = []
            for role in row.cells.keys() - IMPORTERS - (
                    {"operator"} if row.method == "CreateCounty" else set()):
                if "demand_id" in self._fields(row):
                    asker = OWN_DEMAND.get(role, "village")
                    state = row.case.split(",")[0] or "handled"
                    fields = self._demand_fields(row, asker, state)
                else:
                    fields = self._body(row, role)
                if self._word(row, role, fields | {"effective_time": OLD}) == "yes":
                    may.append(role)
            yield f"{row.rpc}, {row.name}, in the past, may", [], sorted(may)

    def beside(self, rows):
        """(what, wanted, got): lists, counts and single answers agree for every role."""
        everything = self.found["office"]
        for role, listed in self.found.items():
            got = {demand for demand in everything if self._may_get(role, demand)}
            yield f"what {role} lists is what {role} can get", sorted(got), sorted(listed)
        yield from self._told_what_they_see()
        yield from self._looks()
        yield from self._in_the_past(rows)
        yield from self._called_by_nobody()


class Watch:
    """A stream, read by a thread of its own from the moment that the server watches."""

    def __init__(self, api, county, service, method, role, **fields):
        client = api.client
        self.api = api
        self.error = None
        found = client.service(SERVICES[service]).FindMethodByName(method)
        request = client.factory.GetPrototype(found.input_type)(county=COUNTY, **fields)
        response = client.factory.GetPrototype(found.output_type)
        self.call = client.channel.unary_stream(
            f"/{SERVICES[service]}/{method}", request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=response.FromString)(
                request, metadata=[("lianmeng-actor", county.actor(role))], timeout=60)
        self.events = []
        self.news = threading.Condition()
        self.over = False
        self.call.initial_metadata()  # Sent once it watches, or is refused.
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            for message in self.call:
                told = json_format.MessageToDict(message, preserving_proto_field_name=True,
                                                 including_default_value_fields=True)
                with self.news:
                    self.events.append(told.get("event") or told["notice"])
                    self.news.notify_all()
        except grpc.RpcError as error:
            self.error = error
        with self.news:
            self.over = True
            self.news.notify_all()

    def until(self, kind, count=1):
        """All events, once so many of this kind have come."""
        def enough():
            return self.over or sum(kind in e.get("type", "") for e in self.events) >= count

        with self.news:
            if not self.news.wait_for(enough, 60) or self.over:
                raise AssertionError(f"no {kind or 'event'} came on the stream: {self.events}")
            return list(self.events)

    def first(self):
        """The word for what came first: an event, or a refusal."""
        with self.news:
            if not self.news.wait_for(lambda: self.over or self.events, 60):
                raise AssertionError("neither an event nor a refusal came on the stream")
        return "yes" if self.error is None else word(self.api.refused(self.error))

    def stop(self):
        self.call.cancel()
        self.thread.join()
        return self.events
