"""Who may do what: every page of the console with the roles that may open it. What is not here cannot be reached."""

from collections.abc import Mapping
from typing import Final

from portal.accounts import Role

EVERYBODY: Final = frozenset(Role)
OPEN: Final = frozenset({"/staff/log-in", "/staff/log-in/code", "/staff/log-out", "/staff/welcome/{token}"})
"""No role is asked for: the ways in, and the way out."""

INTAKE = frozenset({Role.INTAKE})
READERS = frozenset({Role.INTAKE, Role.CASE_MANAGER, Role.INVESTIGATOR, Role.COORDINATOR})
LINKS = frozenset({Role.LINK_REVIEWER})
NATIONAL_LINKS = frozenset({Role.NATIONAL_LINK_REVIEWER})
SAMPLES = frozenset({Role.SAMPLE_STAFF})
LABORATORY = frozenset({Role.LABORATORY})
MATCHES = frozenset({Role.MATCH_REVIEWER})
FAMILIES = frozenset({Role.CASE_MANAGER})
DESK = frozenset({Role.CALL_DESK})
OUTREACH = frozenset({Role.OUTREACH})
OPERATORS = frozenset({Role.OPERATOR})
AUDITORS = frozenset({Role.AUDITOR})
COORDINATORS = frozenset({Role.COORDINATOR})
ADMINISTRATORS = frozenset({Role.INSTITUTION_ADMIN, Role.NATIONAL_ADMIN})
NATIONAL_ADMINISTRATORS = frozenset({Role.NATIONAL_ADMIN})

ACCESS: Final[Mapping[str, frozenset[Role]]] = {
    "/staff/": EVERYBODY,
    "/staff/reports": READERS,
    "/staff/reports/file/{permit}": READERS,
    "/staff/reports/file/{permit}/photos/{photo:uuid}.jpg": READERS,
    "/staff/reports/new": INTAKE,
    "/staff/reports/file/{permit}/status": INTAKE,
    "/staff/reports/file/{permit}/contact": INTAKE,
    "/staff/reports/file/{permit}/consent": INTAKE,
    "/staff/reports/file/{permit}/withdraw": INTAKE,
    "/staff/reports/file/{permit}/hand-over": INTAKE,
    "/staff/reports/file/{permit}/hand-over/agreed": INTAKE,
    "/staff/reports/file/{permit}/hand-over/end": INTAKE,
    "/staff/reports/offered": INTAKE,
    "/staff/reports/take-over": COORDINATORS,
    "/staff/national-links": NATIONAL_LINKS,
    "/staff/national-links/{permit}": NATIONAL_LINKS,
    "/staff/concerns-late": COORDINATORS,
    "/staff/samples-without-report": COORDINATORS,
    "/staff/links": LINKS,
    "/staff/links/{link:uuid}": LINKS,
    "/staff/days": SAMPLES,
    "/staff/days/sites": SAMPLES,
    "/staff/days/sessions": SAMPLES,
    "/staff/days/sessions/{session:uuid}": SAMPLES,
    "/staff/days/sessions/{session:uuid}/close": SAMPLES,
    "/staff/days/sessions/{session:uuid}/check-in": SAMPLES,
    "/staff/days/sessions/{session:uuid}/walk-in": SAMPLES,
    "/staff/days/sessions/{session:uuid}/list": SAMPLES,
    "/staff/days/sessions/{session:uuid}/labels.pdf": SAMPLES,
    "/staff/days/sessions/{session:uuid}/consent/{language}": SAMPLES,
    "/staff/days/sessions/{session:uuid}/enter": SAMPLES,
    "/staff/days/sites/{site:uuid}/close": SAMPLES,
    "/staff/samples": SAMPLES,
    "/staff/samples/custody": SAMPLES | LABORATORY,
    "/staff/laboratory": LABORATORY,
    "/staff/matches": MATCHES,
    "/staff/matches/{permit}": MATCHES,
    "/staff/families": FAMILIES,
    "/staff/families/{permit}": FAMILIES,
    "/staff/families/{contact_request:uuid}/assign": FAMILIES,
    "/staff/families/{contact_request:uuid}/meeting": FAMILIES,
    "/staff/desk": DESK,
    "/staff/desk/caller/{permit}": DESK,
    "/staff/desk/caller/{permit}/verified": DESK,
    "/staff/desk/caller/{permit}/pin": DESK,
    "/staff/desk/caller/{permit}/phone": DESK,
    "/staff/desk/caller/{permit}/contact": DESK,
    "/staff/desk/caller/{permit}/wishes": DESK,
    "/staff/desk/caller/{permit}/second": DESK,
    "/staff/desk/caller/{permit}/concern": DESK,
    "/staff/desk/concerns": DESK,
    "/staff/desk/concerns/{permit}": DESK,
    "/staff/desk/call-backs": DESK,
    "/staff/desk/call-backs/{call:row}": DESK,
    "/staff/meetings": OUTREACH,
    "/staff/meetings/plan": OUTREACH,
    "/staff/meetings/{meeting:uuid}": OUTREACH,
    "/staff/meetings/{meeting:uuid}/publish": OUTREACH,
    "/staff/meetings/{meeting:uuid}/cancel": OUTREACH,
    "/staff/notices": OUTREACH,
    "/staff/notices/new": OUTREACH,
    "/staff/notices/{notice:uuid}": OUTREACH,
    "/staff/notices/{notice:uuid}/{step}": OUTREACH,
    "/staff/notices/{notice:uuid}/reply": OUTREACH,
    "/staff/operations": OPERATORS,
    "/staff/operations/parked": OPERATORS,
    "/staff/operations/parked/{part}/{row:row}": OPERATORS,
    "/staff/operations/parked/{part}/{row:row}/replay": OPERATORS,
    "/staff/operations/parked/{part}/{row:row}/discard": OPERATORS,
    "/staff/operations/parked/{part}/replay-all": OPERATORS,
    "/staff/operations/way": OPERATORS,
    "/staff/operations/way/{message:uuid}": OPERATORS,
    "/staff/audit": AUDITORS,
    "/staff/audit/verify": AUDITORS,
    "/staff/figures": COORDINATORS,
    "/staff/people": ADMINISTRATORS,
    "/staff/people/invite": ADMINISTRATORS,
    "/staff/people/{staff:uuid}": ADMINISTRATORS,
    "/staff/people/{staff:uuid}/relations": ADMINISTRATORS,
    "/staff/people/{staff:uuid}/relations/{relation:uuid}/end": ADMINISTRATORS,
    "/staff/people/{staff:uuid}/{step}": ADMINISTRATORS,
    "/staff/keys": ADMINISTRATORS,
    "/staff/keys/{key:uuid}": ADMINISTRATORS,
    "/staff/keys/{key:uuid}/revoke": ADMINISTRATORS,
    "/staff/keys/{key:uuid}/rotate": ADMINISTRATORS,
    "/staff/institutions": NATIONAL_ADMINISTRATORS,
    "/staff/institutions/{institution}": NATIONAL_ADMINISTRATORS,
    "/staff/institutions/{institution}/{step}": NATIONAL_ADMINISTRATORS,
    "/staff/relations": EVERYBODY,
    "/staff/styleguide": OPERATORS,
    "/staff/styleguide/family": OPERATORS,
}
