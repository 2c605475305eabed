"""The staff console's routes. Who may take which is in `access.py`; the guard stands before each."""

from starlette.routing import BaseRoute

from portal import paths
from portal.staff import home
from portal.staff.administration import institutions, keys, people, relations
from portal.staff.contacts import call_backs, call_desk, caller_says, concerns, families, matches
from portal.staff.entrance import login, welcome
from portal.staff.entrance.guard import door
from portal.staff.outreach import meetings, notices, replies
from portal.staff.oversight import audit_trail, figures, message_way, operations, parked_messages, styleguide
from portal.staff.reports import changing, entering, finding, handing_over, links, national_links, photos
from portal.staff.samples import arrivals, back_entry, custody, days, laboratory, paper, registering, without_report

paths.register()

ENTRANCE = [
    door("/staff/log-in", login.ask_password),
    door("/staff/log-in", login.take_password, "POST"),
    door("/staff/log-in/code", login.ask_code),
    door("/staff/log-in/code", login.take_code, "POST"),
    door("/staff/log-out", login.log_out, "POST"),
    door("/staff/welcome/{token}", welcome.show),
    door("/staff/welcome/{token}", welcome.enrol, "POST"),
    door("/staff/", home.show_home),
]
REPORTS = [
    door("/staff/reports", finding.show_finder),
    door("/staff/reports", finding.find, "POST"),
    door("/staff/reports/new", entering.show_form),
    door("/staff/reports/new", entering.take_report, "POST"),
    door("/staff/reports/file/{permit}", finding.show_file),
    door("/staff/reports/file/{permit}/photos/{photo:uuid}.jpg", photos.show_photo),
    door("/staff/reports/file/{permit}/status", changing.set_status, "POST"),
    door("/staff/reports/file/{permit}/contact", changing.set_contact, "POST"),
    door("/staff/reports/file/{permit}/consent", changing.set_consent, "POST"),
    door("/staff/reports/file/{permit}/withdraw", changing.withdraw, "POST"),
    door("/staff/reports/file/{permit}/hand-over", handing_over.offer, "POST"),
    door("/staff/reports/file/{permit}/hand-over/agreed", handing_over.record_agreement, "POST"),
    door("/staff/reports/file/{permit}/hand-over/end", handing_over.end, "POST"),
    door("/staff/reports/offered", handing_over.show_offers),
    door("/staff/reports/offered", handing_over.answer, "POST"),
    door("/staff/reports/take-over", handing_over.show_take_over),
    door("/staff/reports/take-over", handing_over.take_over, "POST"),
    door("/staff/national-links", national_links.show_links),
    door("/staff/national-links", national_links.open_link, "POST"),
    door("/staff/national-links/{permit}", national_links.show_link),
    door("/staff/national-links/{permit}", national_links.decide, "POST"),
    door("/staff/links", links.show_links),
    door("/staff/links/{link:uuid}", links.show_link),
    door("/staff/links/{link:uuid}", links.decide, "POST"),
]
SAMPLES = [
    door("/staff/days", days.show_day),
    door("/staff/days/sites", days.show_site_form),
    door("/staff/days/sites", days.open_site, "POST"),
    door("/staff/days/sessions", days.show_session_form),
    door("/staff/days/sessions", days.open_session, "POST"),
    door("/staff/days/sessions/{session:uuid}", days.show_session),
    door("/staff/days/sessions/{session:uuid}/close", days.close_session, "POST"),
    door("/staff/days/sessions/{session:uuid}/check-in", arrivals.check_in, "POST"),
    door("/staff/days/sessions/{session:uuid}/walk-in", arrivals.receive_walk_in, "POST"),
    door("/staff/days/sessions/{session:uuid}/list", paper.show_list),
    door("/staff/days/sessions/{session:uuid}/labels.pdf", paper.print_labels),
    door("/staff/days/sessions/{session:uuid}/consent/{language}", paper.show_consent_sheets),
    door("/staff/days/sessions/{session:uuid}/enter", back_entry.show_form),
    door("/staff/days/sessions/{session:uuid}/enter", back_entry.enter, "POST"),
    door("/staff/days/sites/{site:uuid}/close", days.close_site, "POST"),
    door("/staff/samples/custody", custody.show_form),
    door("/staff/samples/custody", custody.record, "POST"),
    door("/staff/samples-without-report", without_report.show_list),
    door("/staff/samples", registering.show_samples),
    door("/staff/samples", registering.register, "POST"),
    door("/staff/laboratory", laboratory.show_form),
    door("/staff/laboratory", laboratory.hand_in, "POST"),
]
CONTACTS = [
    door("/staff/matches", matches.show_reviews),
    door("/staff/matches", matches.open_match, "POST"),
    door("/staff/matches/{permit}", matches.show_match),
    door("/staff/matches/{permit}", matches.give_opinion, "POST"),
    door("/staff/families", families.show_families),
    door("/staff/families", families.open_family, "POST"),
    door("/staff/families/{contact_request:uuid}/assign", families.assign, "POST"),
    door("/staff/families/{contact_request:uuid}/meeting", families.show_meeting_form),
    door("/staff/families/{contact_request:uuid}/meeting", families.record_meeting, "POST"),
    door("/staff/families/{permit}", families.show_family),
    door("/staff/desk", call_desk.show_finder),
    door("/staff/desk", call_desk.find, "POST"),
    door("/staff/desk/call-backs", call_backs.show_queue),
    door("/staff/desk/call-backs/{call:row}", call_backs.mark_done, "POST"),
    door("/staff/desk/concerns", concerns.show_queue),
    door("/staff/desk/concerns", concerns.open_concern, "POST"),
    door("/staff/desk/concerns/{permit}", concerns.show_concern),
    door("/staff/desk/concerns/{permit}", concerns.answer, "POST"),
    door("/staff/concerns-late", concerns.show_late),
    door("/staff/desk/caller/{permit}", call_desk.show_caller),
    door("/staff/desk/caller/{permit}/verified", call_desk.verify, "POST"),
    door("/staff/desk/caller/{permit}/pin", call_desk.new_pin, "POST"),
    door("/staff/desk/caller/{permit}/phone", call_desk.verify_phone, "POST"),
    door("/staff/desk/caller/{permit}/contact", call_desk.plan_contact, "POST"),
    door("/staff/desk/caller/{permit}/wishes", caller_says.set_wishes, "POST"),
    door("/staff/desk/caller/{permit}/second", caller_says.set_second_contact, "POST"),
    door("/staff/desk/caller/{permit}/concern", caller_says.raise_concern, "POST"),
]
OUTREACH = [
    door("/staff/meetings", meetings.show_meetings),
    door("/staff/meetings/plan", meetings.show_new),
    door("/staff/meetings/plan", meetings.plan, "POST"),
    door("/staff/meetings/{meeting:uuid}", meetings.show_meeting),
    door("/staff/meetings/{meeting:uuid}", meetings.alter, "POST"),
    door("/staff/meetings/{meeting:uuid}/publish", meetings.publish, "POST"),
    door("/staff/meetings/{meeting:uuid}/cancel", meetings.cancel, "POST"),
    door("/staff/notices", notices.show_notices),
    door("/staff/notices/new", notices.show_draft),
    door("/staff/notices/new", notices.draft, "POST"),
    door("/staff/notices/{notice:uuid}", notices.show_notice),
    door("/staff/notices/{notice:uuid}/reply", replies.tally, "POST"),
    door("/staff/notices/{notice:uuid}/{step}", notices.take_step, "POST"),
]
OVERSIGHT = [
    door("/staff/operations", operations.show_operations),
    door("/staff/operations/parked", parked_messages.show_list),
    door("/staff/operations/parked/{part}/{row:row}", parked_messages.show_message),
    door("/staff/operations/parked/{part}/{row:row}", parked_messages.show_error, "POST"),
    door("/staff/operations/parked/{part}/{row:row}/replay", parked_messages.replay, "POST"),
    door("/staff/operations/parked/{part}/{row:row}/discard", parked_messages.discard, "POST"),
    door("/staff/operations/parked/{part}/replay-all", parked_messages.replay_all, "POST"),
    door("/staff/operations/way", message_way.ask_id),
    door("/staff/operations/way", message_way.find, "POST"),
    door("/staff/operations/way/{message:uuid}", message_way.show_way),
    door("/staff/audit", audit_trail.show_trail),
    door("/staff/audit", audit_trail.filter_trail, "POST"),
    door("/staff/audit/verify", audit_trail.verify_trail, "POST"),
    door("/staff/figures", figures.show_figures),
    door("/staff/styleguide", styleguide.show_console_parts),
    door("/staff/styleguide/family", styleguide.show_family_parts),
]

ADMINISTRATION = [
    door("/staff/people", people.show_people),
    door("/staff/people/invite", people.show_invitation),
    door("/staff/people/invite", people.invite, "POST"),
    door("/staff/people/{staff:uuid}", people.show_person),
    door("/staff/people/{staff:uuid}", people.change, "POST"),
    door("/staff/people/{staff:uuid}/relations", people.declare, "POST"),
    door("/staff/people/{staff:uuid}/relations/{relation:uuid}/end", people.end_relation, "POST"),
    door("/staff/people/{staff:uuid}/{step}", people.take_step, "POST"),
    door("/staff/keys", keys.show_keys),
    door("/staff/keys", keys.make, "POST"),
    door("/staff/keys/{key:uuid}", keys.show_key),
    door("/staff/keys/{key:uuid}/revoke", keys.revoke, "POST"),
    door("/staff/keys/{key:uuid}/rotate", keys.rotate, "POST"),
    door("/staff/institutions", institutions.show_institutions),
    door("/staff/institutions", institutions.add, "POST"),
    door("/staff/institutions/{institution}", institutions.show_institution),
    door("/staff/institutions/{institution}", institutions.change, "POST"),
    door("/staff/institutions/{institution}/{step}", institutions.take_step, "POST"),
    door("/staff/relations", relations.show_mine),
    door("/staff/relations", relations.declare_mine, "POST"),
]

routes: list[BaseRoute] = [*ENTRANCE, *REPORTS, *SAMPLES, *CONTACTS, *OUTREACH, *OVERSIGHT, *ADMINISTRATION]
