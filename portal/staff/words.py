"""The console's words: its places, how commands ended, and what codes of the services mean to a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the console that its navigation leads to."""

    path: str
    label: str
    hint: str


PLACES: Final = (
    Place(
        "/staff/reports",
        "Reports",
        "Find a file by its reference. Intake officers change files, too, and take new reports.",
    ),
    Place("/staff/reports/offered", "Offered to us", "Reports that another institution asks yours to look after."),
    Place("/staff/reports/take-over", "Closed institutions", "Give a report of a closed institution to another."),
    Place("/staff/national-links", "National links", "Pairs of reports whose institutions may not read each other's."),
    Place("/staff/concerns-late", "Late answers", "What families said that was not answered in time, and by whom."),
    Place(
        "/staff/samples-without-report",
        "Samples without a report",
        "Samples whose reference is not in the record: not entered yet, or mistyped.",
    ),
    Place("/staff/links", "Links", "Say whether two reports are about the same person."),
    Place("/staff/days", "Collection days", "A site's day: who comes, who came. Open sites and sessions."),
    Place("/staff/samples", "Samples", "Register a reference sample; follow one by its barcode."),
    Place("/staff/samples/custody", "Custody", "Samples go from hand to hand: scan them."),
    Place("/staff/laboratory", "Laboratory", "Hand in a laboratory's result or match report."),
    Place("/staff/matches", "Review", "Match reports that wait for an opinion. Two people look at each."),
    Place("/staff/families", "My families", "Families you have taken on, and those who wait for a contact person."),
    Place("/staff/desk", "Call desk", "A family calls: find its file, verify the caller, see what to do."),
    Place("/staff/desk/call-backs", "Call-backs", "Families who asked to be called, and whom to expect."),
    Place(
        "/staff/desk/concerns", "What families say", "Corrections, complaints and questions that wait for an answer."
    ),
    Place("/staff/meetings", "Townhall meetings", "Plan a meeting, change it, call it off."),
    Place("/staff/notices", "Notices", "Tell an audience of a meeting; watch it go out; tally answers."),
    Place("/staff/operations", "Operations", "Whether every part works, and what waits."),
    Place("/staff/operations/parked", "Parked messages", "Messages that failed: show, replay, discard."),
    Place("/staff/operations/way", "A message's way", "Follow one message from door to phone by its id."),
    Place("/staff/styleguide", "Styleguide", "The parts that our pages are made of, in every language."),
    Place("/staff/audit", "Audit trail", "Who looked at or changed what, and whether the trail is whole."),
    Place("/staff/figures", "National figures", "Reports by governorate and by event."),
    Place("/staff/people", "People", "Accounts: invite, change roles, disable, reset, log out."),
    Place("/staff/keys", "Keys", "API keys: make, rotate, revoke; who answers for each and when it was last used."),
    Place("/staff/institutions", "Institutions", "Add, name, close and open institutions; what each is there for."),
    Place(
        "/staff/relations", "My relatives", "Say that a report is about your own relative: you will not see its file."
    ),
)

ASKED: Final = (
    "This was passed on and is kept. It is carried out as soon as the part in charge has it; open this page again to "
    "see it."
)

ASKED_OF: Final[Mapping[str, str]] = {
    "record_laboratory_report": "The report is on its way. Were it refused, for instance for an unknown barcode, this "
    "page would say so: open it again in a moment to be sure.",
    "plan_contact": "The family will be asked to get in touch with one of the next rounds.",
}

DONE: Final[Mapping[str, str]] = {
    "accept_report": "The report is in the central record.",
    "set_status": "The status was changed.",
    "set_consent": "The consent was recorded and counts from now on.",
    "set_contact": "The contact details were changed.",
    "withdraw_report": "The file was closed at the family's request.",
    "offer_hand_over": "The other institution and the family are asked. Once both agree, the report is the other's.",
    "answer_hand_over": "Your answer was recorded.",
    "end_hand_over": "The report stays with your institution.",
    "agree_to_hand_over": "What the family said was recorded.",
    "take_over_report": "The report has its new institution, and the family is told.",
    "decide_link": "Your decision was recorded.",
    "set_wishes": "The family's wishes were recorded.",
    "set_second_contact": "The second phone was recorded.",
    "raise_concern": "It is on the desk's list, and the family sees it on its page.",
    "answer_concern": "The answer is on the family's page.",
    "open_site": "The site is open.",
    "assign_site": "The site has the institution that runs it.",
    "open_session": "The session is open for bookings.",
    "close_session": "The session is closed. Every family that had booked is moved or asked, and told once.",
    "check_in": "The family was checked in.",
    "close_site": "The site is closed, with all its sessions to come. Every family that had booked is told.",
    "receive_walk_in": "The family was received.",
    "enter_row": "The row is saved.",
    "record_custody": "The custody chain has its new link.",
    "register_sample": "The sample is in custody under its barcode.",
    "record_laboratory_report": "The report was taken in.",
    "review": "Your opinion was recorded.",
    "assign_contact_person": "The family has its contact person.",
    "record_meeting": "The meeting was recorded.",
    "plan_contact": "The family will be asked to get in touch with one of the next rounds.",
    "plan_meeting": "The meeting's plan was kept. What was approved in other words waits for a second person again.",
    "approve_publication": "The meeting is on the public list.",
    "cancel_meeting": "The meeting was called off. Who was told of it is told so once a second person has approved it.",
    "draft_notice": "The notice was drafted. A second person has to approve it.",
    "approve_notice": "The notice was approved. It can be started.",
    "start_notice": "The notice is going out.",
    "pause_notice": "The notice is paused. Texts that were handed over already are not held back.",
    "stop_notice": "The notice was stopped. Who was not told yet is not told.",
    "record_reply": "The answer was recorded.",
}

REFUSALS: Final[Mapping[str, str]] = {
    "unknown_session": "There is no such session.",
    "session_closed": "The session is closed already.",
    "session_full": "The session is full.",
    "already_booked": "This family has places at this session already.",
    "file_closed": "The family has closed this file. Nothing can be changed in it.",
    "barcode_taken": "Another sample has this barcode. Please check the card.",
    "sample_exists": "This sample is registered already.",
    "unknown_site": "There is no such site.",
    "taken_in_future": "A sample cannot have been taken at a time to come.",
    "session_exists": "This session was opened already.",
    "ends_before_start": "The session must end after it starts.",
    "unknown_time_zone": "There is no such time zone. Write it as Asia/Baghdad or Europe/Berlin.",
    "mismatched_pair": "Card and consent sheet bear different codes. Please look for the right pair.",
    "another_day": "This sample was not taken on the session's day. Please check day and time.",
    "chain_would_break": "This cannot come next in the sample's custody: it must be handed over before it is received.",
    "before_last_link": "This is said to have happened before the sample's last link, or in the future.",
    "no_replacement": "Families cannot be moved there: that session is closed, past, or this one.",
    "no_site_there": "No site is open there.",
    "transfer_consent_needed": "The family has not agreed that what it gives is sent to Iraq.",
    "unknown_entry": "There is no such place in the waiting line.",
    "already_waiting": "The family is on the waiting list already.",
    "offer_over": "This offer was answered before, or its time is over.",
    "unknown_visit": "There is no such visit.",
    "not_booked": "This visit is not booked any more: it was cancelled, or the family was checked in already.",
    "visit_past": "The visit's session is over.",
    "unknown_report": "No report in the record has this reference.",
    "report_closed": "The family has closed its file. It is not to be contacted.",
    "unknown_contact_request": "There is no such family on the list any more.",
    "already_met": "This family was met already.",
    "unknown_barcode": "One of the barcodes belongs to no sample in your institution's custody. Please check them.",
    "already_recorded": "This report was handed in before.",
    "incomplete_report": "A barcode is missing. A result needs its sample's; a match those of the remains and donors.",
    "not_assigned": "You are not this family's contact person.",
    "not_requested": "The family has not been asked to get in touch yet. Wait for the next round.",
    "unknown_item": "There is no such report to review.",
    "already_decided": "This report is decided already.",
    "same_reviewer": "You have given your opinion on this report already. Another person has to give the second one.",
    "own_report": "You handed this report in. Other people have to review it.",
    "unknown_meeting": "There is no such meeting.",
    "meeting_cancelled": "The meeting was called off.",
    "meeting_past": "The meeting has begun or is over, or is planned for a time in the past.",
    "unknown_notice": "There is no such notice.",
    "meeting_needed": "Please choose the meeting that the notice speaks of.",
    "told_by_itself": "That a meeting is off is told by itself once it is called off.",
    "same_person": "You wrote these words. Another person has to approve them.",
    "already_approved": "The notice was approved before; it cannot be changed any more.",
    "not_approved": "A second person has to approve the notice first.",
    "already_running": "The notice is going out already.",
    "not_running": "The notice is not going out.",
    "notice_ended": "The notice has ended: all were told, or it was stopped, or its meeting began.",
    "nobody_to_tell": "Nobody meets these conditions. The notice was not started.",
    "no_question": "This family was not sent this notice, so there is nothing to answer.",
    "recipient_needed": "Please name the institution that is to receive it.",
    "recipient_closed": "This institution works with the record no more. Nothing is shared with it anew.",
    "verification_needed": "Please make sure first that you speak with the family. After half an hour, again.",
    "phone_incomplete": "The new phone number is not complete.",
    "too_many_photos": "The report has as many photos as are kept. One has to be taken back first.",
    "unknown_photo": "The report has no such photo.",
    "unknown_concern": "There is no such word of this family, or another institution has to answer it.",
    "already_answered": "Somebody has answered this meanwhile.",
    "unknown_link": "There is no such link.",
    "decision_not_allowed": "The link has been decided meanwhile, so this decision is not possible.",
    "words_changed": "Words, place, time or audience have changed since you read them. Please read them again.",
    "words_missing": "The words are not complete in every language, so that nobody can approve them.",
    "audience_frozen": "The notice has begun to go out: whom it goes to cannot change any more.",
    "forbidden_word": "Title or place has a word that no text to a family may say. Please name it neutrally.",
    "hand_over_open": "This report is being handed over already.",
    "hand_over_ended": "This hand-over was done, declined or taken back meanwhile.",
    "not_closed": "The responsible institution is not closed: it hands its reports over itself.",
    "responsible_already": "This institution is responsible for the report already.",
    "not_wanted": "This meeting is not meant for the public list.",
    "not_yours": "This is another institution's to change. Nothing was changed.",
    "met_in_future": "A meeting cannot have been at a time to come. Please check day and time.",
    "status_not_allowed": "The file cannot go from its present status to this one.",
}
"""What each reason of a refusal means to the person who asked."""

REFUSED_OF: Final[Mapping[tuple[str, str], str]] = {
    ("approve_notice", "already_approved"): "The notice is approved already.",
    ("record_meeting", "already_met"): "This meeting was recorded already.",
    # Nobody is told that a sample or a family is elsewhere.
    ("assign_contact_person", "not_yours"): REFUSALS["unknown_contact_request"],
    ("record_custody", "not_yours"): REFUSALS["unknown_barcode"],
    ("record_laboratory_report", "not_yours"): REFUSALS["unknown_barcode"],
}


def refusal(kind: str, reason: str) -> str:
    """Why a command was refused, in a sentence."""
    return REFUSED_OF.get((kind, reason)) or REFUSALS.get(reason) or "This could not be done, and nothing was changed."


LINK_FIELDS: Final[Mapping[str, str]] = {
    "name": "Name",
    "mother": "Mother's name",
    "born": "Birth",
    "sex": "Sex",
    "event": "Event",
    "governorate": "Governorate",
    "date": "Date of the event",
    "place": "Place",
}

WHAT_TO_DO: Final[Mapping[str, tuple[str, str]]] = {
    "answer_questions": (
        "Answer their questions",
        "Read out the status as the family sees it, help with visits and phone numbers, and say that every family is "
        "contacted from time to time.",
    ),
    "arrange_meeting": (
        "Arrange a meeting in person",
        "Agree on a day, a time and a place that suits them, and note it. A contact person will meet them. You do not "
        "know the occasion, and need not: every family is asked from time to time.",
    ),
    "put_through_to_contact_person": (
        "Put them through to their contact person",
        "If the contact person does not answer, promise a call-back at a time that is safe for them, and keep it.",
    ),
    "none": ("Answer their questions", "Nothing is asked of this family at the moment."),
}
"""What the call desk does, by the code that matching gives. Nothing here differs by the occasion."""

FINDINGS: Final[Mapping[str, str]] = {
    "remains_seen_before": "Another match report speaks of the same remains.",
    "laboratory_number_seen_before": "This laboratory number was used before.",
    "posterior_missing": "The report gives no posterior probability.",
    "posterior_below_threshold": "The posterior probability is below the laboratory's threshold.",
    "donors_of_different_families": "The donors belong to families that have no report in common.",
    "donor_without_report": "A donor's sample was given for no report.",
    "sample_not_usable": "A donor's sample is not usable, or not yet examined.",
    "not_signed": "The report is not signed.",
}

OCCASION_REASONS: Final[Mapping[str, str]] = {
    "by_plan": "The regular contact that every family has from time to time.",
    "desk": "A colleague at the call desk asked for it.",
    "repeat_sample": "A sample has to be given again.",
    "ready": "They wanted to wait, and now say that they may be asked again.",
    "match": "A match report that two reviewers have confirmed.",
}

SAMPLE_STATES: Final[Mapping[str, str]] = {
    "collected": "In custody",
    "received": "Received by the laboratory",
    "usable": "Usable",
    "repeat_needed": "To be given again",
}

NOTICE_STATES: Final[Mapping[str, str]] = {
    "draft": "Draft, waits for a second person",
    "approved": "Approved, can be started",
    "running": "Going out",
    "paused": "Paused",
    "void": "Changed after its approval: waits for a second person again",
    "stopped": "Stopped",
    "done": "All told",
    "expired": "Ended: its meeting began",
}

COUNTS: Final[Mapping[str, str]] = {
    "asked": "Asked for",
    "waiting": "Waiting",
    "handed_over": "Handed over to the carrier",
    "delivered": "Delivered",
    "failed": "Failed",
    "refused": "Refused",
    "expired": "Expired",
    "unsettled": "Unsettled",
    "stopped": "Not told: stopped",
}

TEMPLATES: Final[Mapping[str, str]] = {
    "townhall": "Invitation to the meeting",
    "townhall_changed": "The meeting has changed",
    "townhall_cancelled": "The meeting is called off",
}

ROLES: Final[Mapping[str, str]] = {
    "intake": "Intake officer",
    "link_reviewer": "Reviewer of links",
    "national_link_reviewer": "National reviewer of links",
    "sample_staff": "Sample staff",
    "laboratory": "Laboratory",
    "match_reviewer": "Reviewer of match reports",
    "case_manager": "Case manager",
    "call_desk": "Call desk",
    "investigator": "Investigator",
    "outreach": "Outreach",
    "operator": "Operator",
    "coordinator": "Coordinator",
    "auditor": "Auditor",
    "institution_admin": "Administrator of an institution",
    "national_admin": "National administrator",
}

KINDS: Final[Mapping[str, str]] = {
    "takes_reports": "Takes reports",
    "laboratory": "Laboratory",
    "outreach_partner": "Partner in outreach",
    "oversight": "Oversight",
}

SCOPES: Final[Mapping[str, str]] = {
    "reports": "Reports: hand in, read, search, import",
    "laboratory": "Laboratory reports: results and match reports",
}
