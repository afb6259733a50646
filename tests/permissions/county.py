"""A county in which every role of the table is held by somebody, and demands in every state, made
through the public API alone.
"""

import grpc

COUNTY = "610524"
ELSEWHERE = "610525"
SERVICES = {name: f"lianmeng.{name}.v1.{name.capitalize()}Service"
            for name in ("membership", "dispatch", "notification", "platform")}

# What a demand waits for, and how it comes there from the state before: (method, who, fields). Who
# and fields are looked up in `County.party()`.
STEPS = {
    "submitted": (None, None),
    "routed": ("submitted", ("RouteDemand", "coordinator", {"lead_group_id": "lead",
                                                            "group_ids": "helpers"})),
    "taken": ("routed", ("TakeDemand", "head", {"group_id": "lead"})),
    "handled": ("taken", ("AssignHandler", "head", {"handler_person_id": "handler"})),
    "unsigned": ("handled", ("SubmitResult", "handler", {"kind": "RESULT_KIND_SOLVED",
                                                         "words": "已解决"})),
    "in audit": ("unsigned", ("SignResult", "head", {})),
    "to rate": ("in audit", ("AcceptResult", "coordinator", {})),
    "in review": ("to rate", ("RateDemand", "asker", {"solved": "SOLVED_ANSWER_NO",
                                                      "content": 1})),
    "closed": ("to rate", ("RateDemand", "asker", {"solved": "SOLVED_ANSWER_YES",
                                                   "content": 5})),
    "invited": ("taken", ("InviteHelper", "head", {"group_id": "invited", "request": "请会办"})),
}


class Refused(Exception):
    """A call that was answered with an error."""

    def __init__(self, reason, text, code):
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.code = code


class Api:
    """Calls by service and method; what is refused raises with its reason code."""

    def __init__(self, client):
        self.client = client
        self.status = client.message("google.rpc.Status")
        self.info = client.message("google.rpc.ErrorInfo")

    def reason_of(self, status):
        for detail in status.details:
            if detail.type_url.endswith("/google.rpc.ErrorInfo"):
                return self.info.FromString(detail.value).reason
        return ""

    def call(self, service, method, request, actor):
        try:
            return self.client.call(SERVICES[service], method, request, actor)
        except grpc.RpcError as error:
            raise self.refused(error) from None

    def refused(self, error):
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        status = self.status.FromString(details) if details else self.status()
        return Refused(self.reason_of(status) or error.code().name, error.details(),
                       error.code().name)


class County:
    """合阳, with two townships, four groups and somebody in each role."""

    def __init__(self, api):
        self.api = api
        self.tokens = []
        self.people = {}
        self.roles = {"office": ["COUNTY_OFFICER"], "coordinator": ["COORDINATOR"]}
        self.places = {}
        self.posts = {}
        self.demands = {}
        self.revealed = {}
        self._create(COUNTY, "合阳")
        self._create(ELSEWHERE, "澄城")
        self.people |= {"office": f"{COUNTY}-p1", "coordinator": f"{COUNTY}-p2",
                        "elsewhere": f"{ELSEWHERE}-p1"}
        self._organisations()
        self._people()

    # --- Calls ---
    def actor(self, name):
        if name in ("system", "operator"):
            return {"system": "county-system:tax", "operator": "operator:root"}[name]
        return f"person:{self.people[name]}"

    def ask(self, service, method, who, **fields):
        """A call that must be answered well, and is waited for by those that follow."""
        request = {"county": COUNTY} | fields
        if service != "membership":
            request["read_tokens"] = self.tokens[-1:]
        answer = self.api.call(service, method, request, self.actor(who))
        if service == "membership":
            self.tokens.append(answer["read_token"])
        return answer

    # --- The roster ---
    def _create(self, county, name):
        def person(title, role):
            return {"name": f"{name}{title}", "posts": [{"title": title, "role": role}]}

        self.api.call("membership", "CreateCounty", {
            "county": county, "name": f"{name}县", "short_name": name, "code": county,
            "office_name": "县委组织部",
            "people": [person("主任", "POST_ROLE_COUNTY_OFFICER"),
                       person("调度员", "POST_ROLE_COORDINATOR")]}, "operator:root")

    def _organisations(self):
        def make(key, name, kind, parent=None):
            answer = self.ask("membership", "CreateOrganisation", "office", name=name,
                              kind=f"ORGANISATION_KIND_{kind}",
                              parent_id=self.places[parent] if parent else "")
            self.places[key] = answer["organisation"]["organisation_id"]

        self.places["office"] = "o1"
        make("township", "新池镇", "TOWNSHIP")
        make("village", "北顺村", "VILLAGE", "township")
        make("household", "张家", "HOUSEHOLD", "village")
        make("enterprise", "红提公司", "ENTERPRISE", "township")
        make("far township", "路井镇", "TOWNSHIP")
        make("far village", "西村", "VILLAGE", "far township")
        make("bureau", "农业农村局", "DEPARTMENT")
        make("team", "红色助力团", "TEAM")
        for key, name in (("lead", "产业小组"), ("help", "营销小组"), ("third", "培训小组"),
                          ("fourth", "头雁小组")):
            make(key, name, "FUNCTIONAL_GROUP", "team")
        make("shop", "农资店", "SHOP")
        chair = self.ask("membership", "AddMembership", "office", alliance_id=self.places["team"],
                         organisation_id=self.places["bureau"],
                         role="MEMBERSHIP_ROLE_CHAIR_IN_TURN")
        self.membership = chair["membership"]["membership"]["membership_id"]

    def _register(self, key, at, *posts):
        answer = self.ask(
            "membership", "RegisterPerson", "office", name=f"某{key}", phone="13812345678",
            identity_number="610524199001011234", address="二组五号",
            organisation_id=self.places[at],
            posts=[{"organisation_id": self.places[place], "title": role.lower(),
                    "role": f"POST_ROLE_{role}"} for place, role in posts])
        self.people[key] = answer["person"]["person_id"]
        self.roles[key] = [role for _, role in posts]
        entries = answer["person"]["posts"]
        if entries:
            self.posts[key] = entries[0]["post"]["post_id"]

    def _people(self):
        self._register("person", "village", ("village", "MEMBER"))
        self._register("far person", "far village")
        self._register("household", "household", ("household", "REPRESENTATIVE"))
        self._register("enterprise", "enterprise", ("enterprise", "REPRESENTATIVE"))
        self._register("village", "village", ("village", "VILLAGE_CADRE"))
        self._register("far village", "far village", ("far village", "VILLAGE_CADRE"))
        self._register("township", "township", ("township", "TOWNSHIP_OFFICER"))
        self._register("member", "lead", ("lead", "GROUP_MEMBER"))
        self._register("handler", "lead", ("lead", "GROUP_MEMBER"))
        self._register("head", "lead", ("lead", "GROUP_HEAD"))
        self._register("helper", "help", ("help", "GROUP_HEAD"))
        self._register("third head", "third", ("third", "GROUP_HEAD"))
        self._register("third member", "third", ("third", "GROUP_MEMBER"))
        self._register("own coordinator", "office", ("office", "COORDINATOR"),
                       ("lead", "GROUP_MEMBER"))
        self._register("chair", "bureau", ("bureau", "REPRESENTATIVE"))
        self._register("city", "office", ("office", "CITY_OFFICER"))
        self._register("audit", "office", ("office", "AUDITOR"))
        self._register("own auditor", "office", ("office", "AUDITOR"), ("lead", "GROUP_MEMBER"))
        self._register("specialist", "village", ("village", "SPECIALIST"))
        self._register("former", "office", ("office", "COORDINATOR"))
        self.ask("membership", "EndPost", "office", post_id=self.posts["former"], reason="调离")
        self._register("erased", "village", ("village", "VILLAGE_CADRE"))
        self.ask("membership", "ErasePerson", "office", person_id=self.people["erased"],
                 reason="本人要求")

    # --- Reveals ---
    def reveals(self, service):
        """Who was shown whose number: two on record of each service, of one side and the other."""
        if service not in self.revealed:
            shown = ([("handler", "village"), ("third member", "far village")]
                     if service == "dispatch" else [("village", "person"), ("office", "far person")])
            for by, of in shown:
                whom = ({"demand_id": self.demand(of, "handled")} if service == "dispatch"
                        else {"person_id": self.people[of]})
                self.ask(service, "RevealContact", by, reason="核实情况", **whom)
            self.revealed[service] = {(self.people[by], self.people[of]) for by, of in shown}
        return self.revealed[service]

    # --- Demands ---
    def party(self, asker, state):
        """Who plays which part in a demand: the far village's is another group's altogether."""
        far = asker == "far village"
        invited = state == "invited"
        third = {"lead": self.places["third"], "head": "third head", "helpers": [],
                 "handler": self.people["third member"], "handles": "third member",
                 "invited": self.places["fourth"]}
        near = {"lead": self.places["lead"], "head": "head", "helpers": [self.places["help"]],
                "handler": self.people["handler"], "handles": "handler",
                "invited": self.places["lead"]}
        if invited and not far:
            near |= {"lead": self.places["help"], "head": "helper", "helpers": []}
        return (third if far else near) | {"coordinator": "coordinator", "asker": asker}

    def demand(self, asker, state, branch=None):
        """The id of a demand that this asker placed and that waits in this state."""
        branch = branch or ("invited" if state == "invited" else "")
        key = (asker, state, branch)
        if key not in self.demands:
            self.demands[key] = self._bring(asker, state, branch)
        return self.demands[key]

    def _bring(self, asker, state, branch):
        steps = []
        at = state
        while at != "submitted":
            at, step = STEPS[at]
            steps.append(step)
        answer = self.ask("dispatch", "SubmitDemand", asker, title=f"{asker} {state}",
                          kind="DEMAND_KIND_FUNDS", detail="缺设施")
        demand = answer["demand"]["demand_id"]
        party = self.party(asker, branch)
        for method, who, fields in reversed(steps):
            actor = {"head": party["head"], "handler": party["handles"]}.get(who, party.get(who, who))
            filled = {name: party.get(value, value) if isinstance(value, str) else value
                      for name, value in fields.items()}
            self.ask("dispatch", method, actor, demand_id=demand, **filled)
        return demand
