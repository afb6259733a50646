"""An external id is known to the whole county: whoever sends the same command again is answered, and
is shown what a query shows them, no more. Every command that takes one is sent by whoever may and
then by everybody else.
"""

from county import COUNTY, SERVICES, Refused

# dispatch shows who asked what they wrote and judges each demand like GetDemand.
OF_SERVICES = ("membership", "notification")
# What of an answer every caller has.
OUTCOME = {"read_token", "repeated", "validated"}
ELSEWHERE_NEW = "610526"


class Repeats:
    def __init__(self, api, county):
        self.api = api
        self.county = county
        p = county.places
        for key, at, posts in (("renamed", "village", ()), ("revealed", "village", ()),
                               ("forgotten", "village", ()), ("appointed", "village", ()),
                               ("ending", "village", (("village", "MEMBER"),))):
            county._register(key, at, *posts)
        people = county.people
        new = {"kind": "ORGANISATION_KIND_SHOP", "parent_id": p["township"]}
        shops = [county.ask("membership", "CreateOrganisation", "office", name=f"店{i}", **new)
                 ["organisation"]["organisation_id"] for i in range(4)]
        ending = county.ask("membership", "AddMembership", "office", organisation_id=shops[3],
                            alliance_id=p["team"])["membership"]["membership"]["membership_id"]
        rules = county.ask("notification", "ListRules", "office", page_size=1000)["rules"]
        spec = next(r["spec"] for r in rules if r["spec"]["rule_id"] == "rated.lead")
        # Command: who may, with what, and the query that shows the same (none: nobody but them).
        self.commands = {
            "membership.CreateCounty": ("operator", {
                "county": ELSEWHERE_NEW, "name": "大荔县", "short_name": "大荔", "code": "610526",
                "office_name": "县委组织部", "people": [{"name": "某主任", "posts": [
                    {"title": "主任", "role": "POST_ROLE_COUNTY_OFFICER"}]}]}, self._county),
            "membership.UpdateCounty": ("office", {"short_name": "合阳"} | {"name": "合阳新县"},
                                        self._county),
            "membership.CreateOrganisation": ("office", {"name": "新店"} | new, self._organisation),
            "membership.UpdateOrganisation": ("office", {"organisation_id": shops[0], "name": "旧店"},
                                              self._organisation),
            "membership.MoveOrganisation": ("office", {"organisation_id": shops[1],
                                                       "parent_id": p["far township"]},
                                            self._organisation),
            "membership.DissolveOrganisation": ("office", {"organisation_id": shops[2],
                                                           "reason": "停业"}, self._organisation),
            "membership.AddMembership": ("office", {"organisation_id": shops[0],
                                                    "alliance_id": p["team"]}, self._membership),
            "membership.EndMembership": ("office", {"membership_id": ending, "reason": "退出"},
                                         self._membership),
            "membership.RegisterPerson": ("village", {"name": "某村民", "phone": "13812345671",
                                                      "organisation_id": p["village"]},
                                          self._person),
            "membership.UpdatePerson": ("village", {"person_id": people["renamed"], "name": "某改名"},
                                        self._person),
            "membership.ErasePerson": ("office", {"person_id": people["forgotten"],
                                                  "reason": "本人要求"}, self._person),
            "membership.RevealContact": ("village", {"person_id": people["revealed"],
                                                     "reason": "核实情况"}, None),
            "membership.AppointPost": ("office", {
                "person_id": people["appointed"],
                "post": {"organisation_id": p["village"], "title": "村民",
                         "role": "POST_ROLE_MEMBER"}}, self._post),
            "membership.EndPost": ("office", {"post_id": county.posts["ending"], "reason": "迁出"},
                                   self._post),
            "notification.SetRule": ("office", {"rule": spec | {"rule_id": "own.again"}}, self._rule),
            "notification.ResetRule": ("office", {"rule_id": "own.again"}, self._rule),
            "notification.SetTemplate": ("office", {"template": {
                "template_key": "own.again", "trigger": "TRIGGER_DEMAND_ROUTED",
                "title_zh": "派单", "text_zh": "已派单"}}, self._template),
            "notification.MarkNoticeRead": ("coordinator", None, None),
            "notification.MarkAllNoticesRead": ("coordinator", None, None),
        }

    # --- What a query shows a role of the same thing; raises what is refused ---
    def _get(self, role, service, method, county=COUNTY, **fields):
        return self.api.call(service, method, {"county": county} | fields, self.county.actor(role))

    def _county(self, role, answer, county):
        return {"county": self._get(role, "membership", "GetCounty", county)["county"]}

    def _organisation(self, role, answer, _):
        one = answer["organisation"]["organisation_id"]
        return {"organisation": self._get(role, "membership", "GetOrganisation",
                                          organisation_id=one)["organisation"]}

    def _membership(self, role, answer, _):
        one = answer["membership"]["membership"]["membership_id"]
        return {"membership": self._get(role, "membership", "GetMembership",
                                        membership_id=one)["membership"]}

    def _person(self, role, answer, _):
        one = answer["person"]["person_id"]
        return {"person": self._get(role, "membership", "GetPerson", person_id=one)["person"]}

    def _post(self, role, answer, _):
        one = answer["post"]["post"]["post_id"]
        return {"post": self._get(role, "membership", "GetPost", post_id=one)["post"]}

    def _rule(self, role, answer, _):
        rules = self._get(role, "notification", "ListRules", page_size=1000)["rules"]
        return {"rule": next((r for r in rules if r["spec"]["rule_id"] == "own.again"), None)}

    def _template(self, role, answer, _):
        found = self._get(role, "notification", "ListTemplates", page_size=1000)["templates"]
        return {"template": next(t for t in found
                                 if t["spec"]["template_key"] == "own.again")}

    # --- The rule ---
    def _inbox(self, method):
        """The newest notice, unread; all up to it."""
        unread = self._get("coordinator", "notification", "ListNotices", unread_only=True)
        number = unread["notices"][0]["notice_number"]
        return {"notice_number": number} if method == "MarkNoticeRead" else {"up_to_number": number}

    def rules(self, roles):
        """(what, wanted, got) for each command and each role that repeats it."""
        known = {f"{service}.{method.name}" for service in OF_SERVICES
                 for method in self.api.client.service(SERVICES[service]).methods
                 if "external_id" in method.input_type.fields_by_name}
        yield ("commands with an external id that nobody repeats here (what may another see of the "
               "answer? write a line into tests/permissions/repeats.py)", sorted(known),
               sorted(self.commands))
        for rpc, (who, body, shows) in self.commands.items():
            service, method = rpc.split(".")
            if body is None:
                body = self._inbox(method)
            request = {"county": COUNTY, "external_id": f"again-{method}"} | body
            first = self.api.call(service, method, request, self.county.actor(who))
            yield f"{rpc} by {who} is a repeat", False, first["repeated"]
            for role in roles:
                if role == who and shows is None:
                    continue
                try:
                    again = self.api.call(service, method, request, self.county.actor(role))
                except Refused:
                    again = {}
                got = {name: value for name, value in again.items() if name not in OUTCOME and value}
                try:
                    may = shows(role, first, request["county"]) if shows else {}
                except Refused:
                    may = {}
                wanted = {name: value for name, value in may.items() if value}
                is_audit = "AUDITOR" in self.county.roles.get(role, [])
                if is_audit and wanted.keys() & {"person", "post"}:
                    wanted = {}  # What audit is shown is on record; an answer to a command is not.
                yield f"what a repeat of {rpc} shows {role}", wanted, got
