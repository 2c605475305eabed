"""The demo's institutions and a staff account for every role."""

from portal.accounts import Role

INSTITUTIONS: dict[str, dict[str, str]] = {
    "mgd": {"en": "Mass Graves Directorate", "ar": "دائرة شؤون وحماية المقابر الجماعية"},
    "mld": {"en": "Medico-Legal Directorate", "ar": "دائرة الطب العدلي"},
    "ihchr": {"en": "High Commission for Human Rights", "ar": "المفوضية العليا لحقوق الإنسان"},
    "police": {"en": "Police", "ar": "الشرطة"},
    "moi": {"en": "Ministry of Interior", "ar": "وزارة الداخلية"},
    "mod": {"en": "Ministry of Defence", "ar": "وزارة الدفاع"},
    "web": {"en": "Reported by the family", "ar": "بلاغ من العائلة"},
}
WITH_API_KEY = ("mgd", "ihchr", "mld")

STAFF: tuple[tuple[str, str, Role], ...] = (
    ("intake", "mgd", Role.INTAKE),
    ("intake2", "ihchr", Role.INTAKE),
    ("links", "mgd", Role.LINK_REVIEWER),
    ("samples", "mld", Role.SAMPLE_STAFF),
    ("laboratory", "mld", Role.LABORATORY),
    ("reviewer", "mld", Role.MATCH_REVIEWER),
    ("reviewer2", "mgd", Role.MATCH_REVIEWER),
    ("manager", "mgd", Role.CASE_MANAGER),
    ("desk", "mgd", Role.CALL_DESK),
    ("investigator", "mgd", Role.INVESTIGATOR),
    ("outreach", "mgd", Role.OUTREACH),
    ("outreach2", "ihchr", Role.OUTREACH),
    ("outreach3", "mgd", Role.OUTREACH),
    ("operator", "mgd", Role.OPERATOR),
    ("coordinator", "mgd", Role.COORDINATOR),
    ("auditor", "ihchr", Role.AUDITOR),
)
