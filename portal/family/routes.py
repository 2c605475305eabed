"""The families' routes: every path under a language, and those that choose one."""

from collections.abc import Callable

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from portal.family import login, meetings, public, samples, status, visiting, waiting
from portal.family.own import additions, concerns, consents, numbers, photos, questions, second_contacts, wishes
from portal.family.report import sending, steps
from portal.languages import LANGUAGES


class LanguageCode(Convertor[str]):
    """One of our languages, as the first part of a path."""

    regex = "|".join(sorted(LANGUAGES, key=len, reverse=True))

    def convert(self, value: str) -> str:
        """The code as it is."""
        return value

    def to_string(self, value: str) -> str:
        """The code as it is."""
        return value


register_url_convertor("language", LanguageCode())


def _get(path: str, endpoint: Callable[..., object]) -> Route:
    return Route(f"/{{lang:language}}/{path}", endpoint, methods=["GET"])


def _post(path: str, endpoint: Callable[..., object]) -> Route:
    return Route(f"/{{lang:language}}/{path}", endpoint, methods=["POST"])


routes: list[BaseRoute] = [
    _get("status", status.show_status),
    _post("status", login.take_reference),
    _get("status/enter", login.ask_proof),
    _post("status/enter", login.take_proof),
    _post("status/again", login.send_again),
    _post("status/end", login.end),
    _get("leave", login.leave),
    _get("status/preferences", status.show_preferences),
    _post("status/preferences", status.save_preferences),
    _post("status/pin", status.make_new_pin),
    _get("status/more", status.show_more),
    _get("status/receipt", status.show_receipt),
    _get("status/wishes", wishes.show_wishes),
    _post("status/wishes", wishes.save_wishes),
    _get("status/consents", consents.show_consents),
    _post("status/consents", consents.save_consents),
    _post("status/questions", questions.answer),
    _get("status/close", consents.show_closing),
    _post("status/close", consents.close),
    _get("status/say", concerns.show_form),
    _post("status/say", concerns.take_words),
    _get("status/add", additions.show_form),
    _post("status/add", additions.add),
    _get("status/photos", photos.show_photos),
    _post("status/photos", photos.add),
    _post("status/photos/remove", photos.remove),
    _get("status/number", numbers.show_form),
    _post("status/number", numbers.ask_for_codes),
    _get("status/number/confirm", numbers.show_codes),
    _post("status/number/confirm", numbers.change),
    _get("status/number/changed", numbers.show_changed),
    _get("status/second", second_contacts.show_form),
    _post("status/second", second_contacts.ask_for_code),
    _get("status/second/confirm", second_contacts.show_code),
    _post("status/second/confirm", second_contacts.confirm),
    _post("status/second/remove", second_contacts.remove),
    _get("report", steps.show_start),
    _post("report/begin", steps.begin),
    _get("report/number", steps.show_number),
    _get("report/step/{step}", steps.show_step),
    _post("report/step/{step}", steps.save_step),
    _post("report/relatives/remove", steps.remove_relative),
    _get("report/check", steps.show_check),
    _post("report/send", sending.send_draft),
    _get("report/resume", steps.show_resume),
    _post("report/resume", steps.resume),
    _get("report/whole", sending.show_form),
    _post("report/whole", sending.take_report),
    _get("report/received", sending.show_receipt),
    _post("report/confirm", sending.confirm),
    _get("samples", samples.show_samples),
    _post("samples/book", samples.book),
    _get("samples/visit/{visit:uuid}", visiting.show_visit),
    _get("samples/visit/{visit:uuid}/appointment.ics", visiting.calendar),
    _get("samples/visit/{visit:uuid}/directions", visiting.show_directions),
    _get("samples/visit/{visit:uuid}/move", visiting.show_move),
    _post("samples/visit/{visit:uuid}/move", visiting.move),
    _post("samples/visit/{visit:uuid}/cancel", visiting.cancel),
    _get("samples/wait", waiting.show_form),
    _post("samples/wait", waiting.join),
    _get("samples/waiting/{entry:uuid}", waiting.show_entry),
    _post("samples/waiting/{entry:uuid}/answer", waiting.answer),
    _post("samples/waiting/{entry:uuid}/leave", waiting.leave),
    _get("meetings", meetings.list_meetings),
    _get("meetings.ics", meetings.calendar),
    _get("meetings/{meeting:uuid}", meetings.show_meeting),
    _post("meetings/{meeting:uuid}/reply", meetings.reply),
    _get("rights", public.rights),
    _get("privacy", public.privacy),
    _get("statistics", public.statistics),
    _get("statistics.csv", public.statistics_csv),
    _get("", public.start),
    Route("/", public.choose_language, methods=["GET"]),
    Route("/verify/{code}", public.verify, methods=["GET"]),
]
