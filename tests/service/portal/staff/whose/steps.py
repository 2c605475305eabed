"""What can be asked at each route of the console that is about somebody's things: a request each, with a whole form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.service.portal.staff.whose.owned import MOTHER, PLACE, WORDS

NOBODYS = {
    "an empty form": {
        "GET /staff/reports", "GET /staff/reports/take-over", "GET /staff/days/sites", "GET /staff/samples/custody",
        "GET /staff/laboratory", "GET /staff/desk", "GET /staff/meetings/plan", "GET /staff/operations/way",
    },
    "makes something of the own institution": {"POST /staff/days/sites", "POST /staff/meetings/plan"},
    "makes an institution": {"POST /staff/institutions"},
    "looks at everything": {"POST /staff/audit/verify", "POST /staff/operations/way", "GET /staff/figures"},
}  # fmt: skip
"""Routes under paths with a reach that are themselves about no thing of one institution, and why."""
READ = "I look at it"


@dataclass(frozen=True)
class Step:
    """A request at a route. A look `shows` some of the thing; an act, which shows nothing, changes it.

    In fields and query `{name}` stands for an id of the thing. `ids` replaces those of the address. `by`: another
    person of the institution than the one who did the steps before. `of`: the page of the
    thing, where the route is not below it. `is_public`: that the thing exists is told to
    everybody, so that an answer may say whose it is.
    """

    route: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    shows: str = ""
    query: str = ""
    ids: Mapping[str, str] = field(default_factory=dict[str, str])
    by: int = 0
    of: str = ""
    is_public: bool = False
    approves: bool = False

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.route.partition(" ")[2]


FILE, SESSION, CALLER = (
    "/staff/reports/file/{permit}",
    "/staff/days/sessions/{session:uuid}",
    "/staff/desk/caller/{permit}",
)
NOTICE, MEETING = "/staff/notices/{notice:uuid}", "/staff/meetings/{meeting:uuid}"
PERSON, KEY, INSTITUTION = "/staff/people/{staff:uuid}", "/staff/keys/{key:uuid}", "/staff/institutions/{institution}"
PARKED, FAMILY = "/staff/operations/parked", "/staff/families/{contact_request:uuid}"
SURE = {"sure": "yes"}
OF_OWNER = "?institution={institution}"
WISHES = {
    "by": "either", "when": "any_time", "further_remains": "not_asked", "burial_of_further": "undecided",
    "tell": "أخته",
}  # fmt: skip
SAMPLE = {
    "specimen": "blood_card", "day": "{yesterday}", "clock": "10:00", "donor_name": "ريزان", "relation": "brother",
    "biological": "yes",
}  # fmt: skip
TODAY = {"day": "{today}", "clock": "{now}"}
PLAN = {
    "title.en": "Public meeting", "place.en": "New hall", "day": "{day}", "clock": "10:00", "governorate": "IQ-NI",
    "time_zone": "Asia/Baghdad",
}  # fmt: skip

LOOKS = (
    Step("POST /staff/reports", {"reference": "{reference}", "reason": READ}, MOTHER),
    Step(f"GET {FILE}", shows=MOTHER),
    Step(f"GET {FILE}/photos/{{photo:uuid}}.jpg", shows="image/jpeg"),
    Step("GET /staff/reports/offered", shows="{hand_over}"),
    Step("GET /staff/national-links", shows="{national_link}"),
    Step("POST /staff/national-links", {"link": "{national_link}", "reason": READ}, MOTHER),
    Step("GET /staff/national-links/{permit}", shows=MOTHER),
    Step("GET /staff/concerns-late", shows="{reference}"),
    Step("GET /staff/samples-without-report", shows="RS-000107"),
    Step("GET /staff/links", shows="{link}"),
    Step("GET /staff/links/{link:uuid}", shows=MOTHER),
    Step("GET /staff/days", query="?site={site}&day={day_shown}", shows="{session}"),
    Step("GET /staff/days/sessions", shows="{site}"),
    Step(f"GET {SESSION}", shows="{reference}"),
    Step(f"GET {SESSION}/list", shows="{reference}"),
    Step(f"GET {SESSION}/labels.pdf", shows="application/pdf"),
    Step(f"GET {SESSION}/consent/{{language}}", shows="Consent to give a sample"),
    Step(f"GET {SESSION}/enter", shows="Sinjar hall"),
    Step("GET /staff/samples", shows="{site}"),
    Step("POST /staff/samples", {"find": "{barcode}", "only_find": "yes"}, "{reference}"),
    Step("GET /staff/matches", shows="{item}"),
    Step("POST /staff/matches", {"item": "{item}", "reason": READ}, "BONE-0001"),
    Step("GET /staff/matches/{permit}", shows="BONE-0001"),
    Step("GET /staff/families", shows="{contact_request}"),
    Step("POST /staff/families", {"contact_request": "{taken_on}", "reason": READ}, "{second}"),
    Step("GET /staff/families/{permit}", shows="{second}"),
    Step(f"GET {FAMILY}/meeting", shows="{second}", ids={"contact_request": "taken_on"}),
    Step("POST /staff/desk", {"reference": "{reference}", "reason": READ}, MOTHER),
    Step(f"GET {CALLER}", shows="{reference}"),
    Step("GET /staff/desk/concerns", shows="{concern}"),
    Step("POST /staff/desk/concerns", {"concern": "{concern}"}, WORDS),
    Step("GET /staff/desk/concerns/{permit}", shows=WORDS),
    Step("GET /staff/desk/call-backs", shows="/staff/desk/call-backs/{call}"),
    Step("GET /staff/meetings", shows="{meeting}"),
    Step(f"GET {MEETING}", shows=PLACE),
    Step("GET /staff/notices", shows="{notice}"),
    Step("GET /staff/notices/new", query="?again={notice}", shows="{meeting}", of=NOTICE),
    Step(f"GET {NOTICE}", shows=PLACE),
    Step("GET /staff/operations", shows="ValueError"),
    Step(f"GET {PARKED}", shows="ValueError"),
    Step(f"GET {PARKED}/{{part}}/{{row:row}}", shows="ValueError"),
    Step(f"POST {PARKED}/{{part}}/{{row:row}}", {"reason": READ}, "the value was"),
    Step("GET /staff/operations/way/{message:uuid}", shows="set status"),
    Step("GET /staff/audit", shows="listed links"),
    Step("POST /staff/audit", {"action": "listed_links"}, "listed links"),
    Step("GET /staff/people", query=OF_OWNER, shows="{email}"),
    Step("GET /staff/people/invite", query=OF_OWNER, shows="Mass Graves Directorate"),
    Step(f"GET {PERSON}", shows="{email}"),
    Step("GET /staff/keys", query=OF_OWNER, shows="Import of the archive"),
    Step(f"GET {KEY}", shows="Import of the archive"),
    Step("GET /staff/institutions", shows="Mass Graves Directorate"),
    Step(f"GET {INSTITUTION}", shows="Mass Graves Directorate"),
)
ACTS = (
    Step(f"POST {FILE}/status", {"status": "being_checked"}),
    Step(f"POST {FILE}/contact", {"language": "ckb"}),
    Step(f"POST {FILE}/consent", {"purpose": "publish", "is_given": "yes"}),
    Step(f"POST {FILE}/hand-over", {"to": "ihchr", "hand_over_reason": "The family has moved."}),
    Step(f"POST {FILE}/hand-over/agreed", {"agrees": "yes", "hand_over_read_aloud": "yes"}),
    Step(f"POST {FILE}/hand-over/end"),
    Step("POST /staff/reports/offered", {"hand_over": "{hand_over}", "accepts": "yes"}),
    Step("POST /staff/reports/take-over", {"reference": "{abandoned}", "to": "mgd", "why": "It is gone."}),
    Step("POST /staff/national-links/{permit}", {"decision": "linked", "reason": "The same mother."}),
    Step("POST /staff/links/{link:uuid}", {"decision": "linked", "reason": "The same mother."}),
    Step(
        "POST /staff/days/sessions",
        {"site": "{site}", "day": "{day}", "from": "09:00", "until": "13:00", "capacity": "20", "despite": "yes"},
        is_public=True,
    ),
    Step(f"POST {SESSION}/check-in", {"scan": "{visit}", "people": "1"}),
    Step(f"POST {SESSION}/walk-in", {"reference": "{second}", "walk_ins": "1"}),
    Step(
        f"POST {SESSION}/enter",
        {"barcode": "RS-000300", "sheet_barcode": "RS-000300", "reference": "{second}", **SAMPLE, **TODAY},
        ids={"session": "session_of_today"},
    ),
    Step(f"POST {SESSION}/close", SURE, ids={"session": "later"}),
    Step("POST /staff/days/sites/{site:uuid}/close", SURE, ids={"site": "other_site"}, is_public=True),
    Step(
        "POST /staff/samples",
        {"barcode": "RS-000400", "site": "{site}", "references": "{second}", **SAMPLE},
        is_public=True,
    ),
    Step(
        "POST /staff/laboratory",
        {"kind": "result", "laboratory_number": "L-7", "barcode": "{other_barcode}", "quality": "ok"},
    ),
    Step(
        "POST /staff/samples/custody",
        {
            "barcode": "{barcode}", "step": "handed_over", "holder": "courier", "recipient": "ihchr", **TODAY,
        },
    ),
    Step("POST /staff/matches/{permit}", {"decision": "confirm", "opinion": "I compared the pedigree."}),
    Step(f"POST {FAMILY}/assign", {"case_manager": "{self}"}),
    Step(
        f"POST {FAMILY}/meeting",
        {"day": "2026-01-02", "clock": "10:00", "people_met": "أخته", "place": "البيت"},
        ids={"contact_request": "taken_on"},
    ),
    Step(f"POST {CALLER}/verified", {"checks": ["person", "mother"]}),
    Step(f"POST {CALLER}/pin"),
    Step(f"POST {CALLER}/phone", {"phone_verified": "yes", "phone": "0770 123 9999"}),
    Step(f"POST {CALLER}/contact"),
    Step(f"POST {CALLER}/wishes", WISHES),
    Step(f"POST {CALLER}/second", {"second_phone": "0770 555 9999", "second_verified": "yes"}),
    Step(f"POST {CALLER}/concern", {"concern_kind": "question", "concern_words": "When?"}),
    Step("POST /staff/desk/concerns/{permit}", {"answer": "We will call.", "is_fit": "yes"}),
    Step("POST /staff/desk/call-backs/{call:row}"),
    Step(f"POST {MEETING}/publish", {"digest": "{digest_of_meeting}"}, approves=True),
    Step(f"POST {NOTICE}/{{step}}", {"digest": "{digest_of_notice}"}, ids={"step": "=approve"}, approves=True),
    Step(f"POST {NOTICE}/{{step}}", ids={"step": "=start"}),
    Step(f"POST {NOTICE}/{{step}}", ids={"step": "=pause", "notice": "running"}),
    Step(f"POST {NOTICE}/reply", {"reference": "{second}", "answer": "yes", "people": "1"}),
    Step(f"POST {NOTICE}/{{step}}", ids={"step": "=stop", "notice": "running"}),
    Step(
        "POST /staff/notices/new",
        {"meeting": "{meeting}", "template": "townhall", "governorates": "IQ-NI"},
        of=MEETING,
    ),
    Step(f"POST {MEETING}", PLAN),
    Step(f"POST {MEETING}/cancel", SURE),
    Step(f"POST {FILE}/withdraw", SURE),
    Step(f"POST {PARKED}/{{part}}/{{row:row}}/replay"),
    Step(
        f"POST {PARKED}/{{part}}/{{row:row}}/discard",
        {"discard_reason": "It was a test.", **SURE},
        ids={"row": "row_to_discard"},
    ),
    Step(f"POST {PARKED}/{{part}}/replay-all"),
    Step(
        "POST /staff/people/invite",
        {"email": "{self}@mgd.example", "name": "New", "roles": "intake"},
        query=OF_OWNER,
    ),
    Step(f"POST {PERSON}", {"name": "Renamed", "roles": "intake"}),
    Step(f"POST {PERSON}/relations", {"reference": "{second}"}),
    Step(f"POST {PERSON}/relations/{{relation:uuid}}/end", SURE),
    Step(f"POST {PERSON}/{{step}}", SURE, ids={"step": "=disable"}),
    Step(
        "POST /staff/keys",
        {"scopes": "reports", "label": "Another", "owner": "x@mgd.example", "days": "30"},
        query=OF_OWNER,
    ),
    Step(f"POST {KEY}/rotate", {"days": "30", "overlap_days": "1"}),
    Step(f"POST {KEY}/revoke", SURE),
    Step(f"POST {INSTITUTION}", {"name.en": "Directorate", "name.ar": "دائرة", "kinds": "takes_reports"}),
    Step(f"POST {INSTITUTION}/{{step}}", SURE, ids={"step": "=close"}),
)  # fmt: skip

NAMES = {"names": [{"raw": "سالم خضر الياس"}], "mother": MOTHER}
API_LOOKS = (
    Step("GET /reports/{reference}", shows="{reference}"),
    Step("POST /reports/search", {"person": NAMES}, "{reference}"),
    Step("GET /events", shows="{reference}"),
    Step("GET /imports/{id}", shows="{import}", ids={"id": "import"}),
    Step("GET /laboratory-reports/{id}", shows="{laboratory_report}", ids={"id": "laboratory_report"}),
)
API_ACTS = (
    Step(
        "POST /laboratory-reports",
        {"kind": "result", "laboratory_number": "L-8", "barcode": "{other_barcode}", "quality": "ok"},
    ),
)
API_NOBODYS = {"POST /reports", "POST /imports", "GET /sites", "GET /sessions", "GET /statistics"}
"""They make something of the own institution, or say what is public."""
