"""The families' routes: every path under a language, and those that choose one."""

from collections.abc import Callable

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from portal.family import login, meetings, public, reporting, samples, status
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
    _get("report", reporting.show_form),
    _post("report", reporting.take_report),
    _get("report/received", reporting.show_receipt),
    _post("report/confirm", reporting.confirm),
    _get("samples", samples.show_samples),
    _post("samples/book", samples.book),
    _get("samples/visit/{visit:uuid}", samples.show_visit),
    _post("samples/visit/{visit:uuid}/cancel", samples.cancel),
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
