"""Somebody writes telephone, identity and card numbers into every text that a command takes; no
list, stream or notice may show one whole to anybody.
"""

import json

from cells import NEVER_PERSONS, Watch
from county import COUNTY, SERVICES, Refused

# Texts that are ids, dates or the office's own words, and so no place for free text.
NO_TEXT = ("county", "request_id", "external_id", "read_tokens", "planned_date", "code",
           "short_name", "phone", "identity_number", "address", "value", "value_to")
SEPARATORS = str.maketrans({c: None for c in " -\u3000－—\u200b"} |
                           {chr(ord("０") + i): str(i) for i in range(10)})


def luhn(card):
    for last in "0123456789":
        digits = [int(d) for d in reversed(card + last)]
        doubled = sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
        if (sum(digits[::2]) + doubled) % 10 == 0:
            return card + last
    raise AssertionError(card)


class Hostile:
    """Numbers, each planted once and known by its digits."""

    def __init__(self):
        self.planted = {}  # Digits to the field that they were written into.

    def text(self, where, room):
        n = len(self.planted) + 1
        phone, identity = f"138{n:08d}", f"61052419800101{n:04d}"
        card = luhn(f"622202{n:012d}")
        forms = [(phone, phone), (phone, f"{phone[:3]} {phone[3:7]} {phone[7:]}"),
                 (identity, identity), (phone, phone.translate({ord(str(i)): chr(ord("０") + i)
                                                                 for i in range(10)})),
                 (card, card), (card, " ".join(card[i:i + 4] for i in range(0, 19, 4))),
                 (identity, f"{identity[:6]}-{identity[6:14]}-{identity[14:]}"),
                 (phone, f"+86-{phone}")]
        digits, written = forms[n % len(forms)]
        if len(written) > room:
            digits, written = phone, phone
        self.planted[digits] = where
        return written

    def fill(self, message, where, given):
        """The fields of a request with a number in each text that was left open."""
        filled = dict(given)
        for field in message.fields:
            name = field.name
            skipped = name in NO_TEXT or name.endswith(("_id", "_ids", "_key"))
            if field.type != field.TYPE_STRING or skipped or name in given:
                continue
            text = self.text(f"{where}.{name}", 30)
            filled[name] = [text] if field.label == field.LABEL_REPEATED else text
        return filled

    def leaks(self, answer):
        seen = json.dumps(answer, ensure_ascii=False).translate(SEPARATORS)
        return sorted({where for digits, where in self.planted.items() if digits in seen})


class Masking:
    def __init__(self, api, county):
        self.api = api
        self.county = county
        self.hostile = Hostile()
        self.used = set()

    def do(self, service, method, who, **given):
        message = self.api.client.service(SERVICES[service]).FindMethodByName(method).input_type
        self.used.add(f"{service}.{method}")
        figure = self._figure(message)
        return self.county.ask(service, method, who,
                               **self.hostile.fill(message, method, given | figure))

    def _figure(self, message):
        field = message.fields_by_name.get("figures")
        if field is None:
            return {}
        figure = {"value": "50", "qualifier": "QUALIFIER_EXACT"}
        return {"figures": [self.hostile.fill(field.message_type, f"{message.name}.figures",
                                              figure)]}

    # --- A demand's life, written by somebody who thinks of nothing ---
    def live(self):
        p, people = self.county.places, self.county.people

        def submit():
            answer = self.do("dispatch", "SubmitDemand", "village", kind="DEMAND_KIND_FUNDS")
            return answer["demand"]["demand_id"]

        demand = submit()

        def on(method, who, **fields):
            self.do("dispatch", method, who, demand_id=demand, **fields)

        on("RouteDemand", "coordinator", lead_group_id=p["lead"])
        on("PassBackDemand", "head", group_id=p["lead"])
        on("RouteDemand", "coordinator", lead_group_id=p["lead"], group_ids=[p["help"]])
        on("TakeDemand", "head", group_id=p["lead"])
        on("AssignHandler", "head", handler_person_id=people["handler"])
        on("ReportProgress", "handler")
        on("RecordContact", "handler", means="CONTACT_MEANS_PHONE")
        on("RevealContact", "handler")
        on("InviteHelper", "head", group_id=p["third"])
        on("AnswerInvitation", "third head", group_id=p["third"], accepted=True)
        on("IntroduceSupport", "helper")
        on("CommentDemand", "township")
        on("ReclassifyDemand", "coordinator", urgency="URGENCY_URGENT")
        for end in ("SendBackResult", "AcceptResult"):
            on("SubmitResult", "handler", kind="RESULT_KIND_SOLVED")
            on("SignResult", "head")
            on(end, "coordinator")
        on("RateDemand", "village", solved="SOLVED_ANSWER_NO", content=1)
        on("ExplainRating", "coordinator")
        on("RedoDemand", "village")
        self.demand = demand
        demand = submit()
        on("DeclineDemand", "coordinator")
        demand = submit()
        on("WithdrawDemand", "village")
        made = self.do("membership", "CreateOrganisation", "office",
                       kind="ORGANISATION_KIND_SHOP")["organisation"]["organisation_id"]
        self.do("membership", "UpdateOrganisation", "office", organisation_id=made)
        joined = self.do("membership", "AddMembership", "office", organisation_id=made,
                         alliance_id=p["team"], role="MEMBERSHIP_ROLE_MEMBER")
        self.do("membership", "EndMembership", "office",
                membership_id=joined["membership"]["membership"]["membership_id"])
        draft = self.api.client.message("lianmeng.membership.v1.PostDraft").DESCRIPTOR
        post = self.hostile.fill(draft, "PostDraft", {"organisation_id": made,
                                                      "role": "POST_ROLE_SPECIALIST"})
        self.used.add("membership.AppointPost")
        held = self.county.ask("membership", "AppointPost", "office",
                               person_id=people["handler"], post=post)
        self.do("membership", "EndPost", "office", post_id=held["post"]["post"]["post_id"])
        self.do("membership", "DissolveOrganisation", "office", organisation_id=made)
        self.do("membership", "RevealContact", "coordinator", person_id=people["person"])
        self.do("membership", "ErasePerson", "coordinator", person_id=people["far person"])
        self.subjects = [f"organisations/{made}", f"people/{people['handler']}",
                         f"people/{people['far person']}"]

    def not_used(self):
        """Commands with free text in which nothing was planted; the office's settings are none, and
        what names a person or a county is sealed or public by decision."""
        known = {"dispatch.SetRoutingRule", "dispatch.SetCalendarYear", "membership.CreateCounty",
                 "membership.UpdateCounty", "membership.RegisterPerson", "membership.UpdatePerson",
                 "notification.SetRule", "notification.SetTemplate", "notification.ResetRule"}
        for service, name in SERVICES.items():
            for method in self.api.client.service(name).methods:
                fields = method.input_type.fields
                if not any(f.name == "validate_only" for f in fields):
                    continue
                filled = Hostile().fill(method.input_type, "", {})
                if filled and f"{service}.{method.name}" not in self.used | known:
                    yield f"{service}.{method.name}"

    # --- What everybody reads ---
    def lists(self):
        for service, name in SERVICES.items():
            for method in self.api.client.service(name).methods:
                if method.name.startswith("List"):
                    yield service, method.name, {"page_size": 1000}
        for subject in self.subjects:
            yield "membership", "GetHistory", {"subject": subject, "page_size": 1000}

    def read(self, service, method, who, fields):
        request = {"county": COUNTY} | fields
        if service != "membership":
            request["read_tokens"] = self.county.tokens[-1:] + self.told
        try:
            return self.api.call(service, method, request, self.county.actor(who))
        except Refused as refused:
            return {"refused": refused.reason}

    def rules(self, roles):
        """(what, wanted, got) of the rules above."""
        persons = [role for role in roles if role not in NEVER_PERSONS]
        self.told = []
        watches = [(role, method, Watch(self.api, self.county, service, method, role))
                   for service, method in (("dispatch", "WatchDemands"),
                                           ("notification", "WatchNotices"))
                   for role in persons]
        fence = Watch(self.api, self.county, "dispatch", "WatchDemands", "office")
        self.live()
        hours = self.county.ask("dispatch", "SetOfficeHours", "office",
                                spans=[{"from_minute": 490, "to_minute": 1020}])
        self.told = [hours["read_token"]]
        fence.until("OfficeHoursSet")
        fence.stop()
        yield "commands whose texts nobody wrote a number into", [], sorted(self.not_used())

        masked = 0
        for role in roles:
            for service, method, fields in self.lists():
                answer = self.read(service, method, role, fields)
                masked += "****" in json.dumps(answer, ensure_ascii=False)
                yield f"{service}.{method}, numbers that {role} reads", [], self.hostile.leaks(answer)
        yield "lists in which numbers are masked", True, masked > len(roles)
        events = 0
        for role, method, watch in watches:
            last = method == "WatchDemands" and role not in ("elsewhere", "erased")
            told = watch.until("OfficeHoursSet") if last else []
            told = told + watch.stop()[len(told):]
            events += len(told)
            yield f"{method}, numbers that {role} is told", [], self.hostile.leaks(told)
        yield "the streams told of it", True, events > len(self.used)

        whole = {"village", "coordinator", "own coordinator", "office", "audit", "own auditor",
                 "handler"}
        for role in persons:
            if role in ("person", "household", "enterprise", "specialist", "city", "former", "erased",
                        "elsewhere"):
                continue  # It is nothing to them.
            for method in ("GetDemand", "GetDemandHistory"):
                answer = self.read("dispatch", method, role, {"demand_id": self.demand})
                yield (f"dispatch.{method}, {role} reads the numbers", role in whole,
                       bool(self.hostile.leaks(answer)))
