"""The demo's institutions with their kinds, keys and a staff account for every role.

Who oversees (operators, coordinators, reviewers of national links, auditors) sits in the National Coordination
Committee; what families report themselves belongs to the record's own desk (`SILA_OWN_DESK`), which has people too.
"""

from portal.accounts import Role
from portal.institution_kinds import Kind, Scope

INSTITUTIONS: dict[str, dict[str, str]] = {
    "mgd": {
        "en": "Mass Graves Directorate", "ar": "دائرة شؤون وحماية المقابر الجماعية", "ckb": "بەڕێوەبەرایەتیی گۆڕە بەکۆمەڵەکان",
        "kmr-Arab": "ڕێڤەبەریا گۆرێن ب کۆمی", "kmr": "Rêveberiya gorên bi komî",
    },
    "mld": {
        "en": "Medico-Legal Directorate", "ar": "دائرة الطب العدلي", "ckb": "بەڕێوەبەرایەتیی پزیشکیی دادوەری",
        "kmr-Arab": "ڕێڤەبەریا بژیشکیا دادوەری", "kmr": "Rêveberiya bijîşkiya dadwerî",
    },
    "ihchr": {
        "en": "High Commission for Human Rights", "ar": "المفوضية العليا لحقوق الإنسان", "ckb": "کۆمیسیۆنی باڵای مافەکانی مرۆڤ",
        "kmr-Arab": "کۆمیسیۆنا بلند ئا مافێن مرۆڤان", "kmr": "Komîsyona bilind a mafên mirovan",
    },
    "police": {
        "en": "Police", "ar": "الشرطة", "ckb": "پۆلیس",
        "kmr-Arab": "پۆلیس", "kmr": "Polîs",
    },
    "moi": {
        "en": "Ministry of Interior", "ar": "وزارة الداخلية", "ckb": "وەزارەتی ناوخۆ",
        "kmr-Arab": "وەزارەتا ناڤخوەیی", "kmr": "Wezareta navxweyî",
    },
    "mod": {
        "en": "Ministry of Defence", "ar": "وزارة الدفاع", "ckb": "وەزارەتی بەرگری",
        "kmr-Arab": "وەزارەتا بەرەڤانیێ", "kmr": "Wezareta berevaniyê",
    },
    "central": {
        "en": "The record's own desk", "ar": "مكتب السجل المركزي", "ckb": "نووسینگەی تۆماری ناوەندی",
        "kmr-Arab": "نڤیسینگەها تۆمارا ناڤەندی", "kmr": "Nivîsgeha tomara navendî",
    },
    "ncc": {
        "en": "National Coordination Committee", "ar": "اللجنة الوطنية للتنسيق", "ckb": "لیژنەی نیشتمانیی هەماهەنگی",
        "kmr-Arab": "کۆمیتەیا نەتەوەیی یا هەڤاهەنگیێ", "kmr": "Komîteya neteweyî ya hevahengiyê",
    },
}  # fmt: skip
KINDS: dict[str, tuple[Kind, ...]] = {
    "mld": (Kind.LABORATORY, Kind.TAKES_REPORTS),
    "ncc": (Kind.OVERSIGHT,),
}
"""What an institution is there for; those that are not named take reports."""
API_KEYS: dict[str, tuple[Scope, ...]] = {
    "mgd": (Scope.REPORTS,),
    "ihchr": (Scope.REPORTS,),
    "mld": (Scope.LABORATORY,),
    "police": (Scope.REPORTS,),
}

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
    ("operator", "ncc", Role.OPERATOR),
    ("coordinator", "ncc", Role.COORDINATOR),
    ("auditor", "ncc", Role.AUDITOR),
    ("nationallinks", "ncc", Role.NATIONAL_LINK_REVIEWER),
    ("nationallinks2", "ncc", Role.NATIONAL_LINK_REVIEWER),
    ("nationaladmin", "ncc", Role.NATIONAL_ADMIN),
    ("admin", "mgd", Role.INSTITUTION_ADMIN),
    ("webintake", "central", Role.INTAKE),
    ("webdesk", "central", Role.CALL_DESK),
    ("webmanager", "central", Role.CASE_MANAGER),
    ("police", "police", Role.INTAKE),
    ("complaints", "ncc", Role.CALL_DESK),
)
"""Whose name, where, with which role. The first of a role stands for it where the demo needs somebody."""
