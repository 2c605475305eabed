"""The table of the API's operations."""

from portal.api import answers, changes, collecting, figures, laboratory, reports, searching
from portal.api.bodies import JSON
from portal.api.operations import Operation
from shared.messages.matching import LaboratoryReport
from shared.messages.report_content import ReportContent, SearchContent

REPORTS, LABORATORY = "reports", "laboratory"
"""The scopes of keys."""

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST", "/reports", "takeReport", reports.take_report, answers.ReportTaken,
        scope=REPORTS, status=202, body=ReportContent, accepts=(JSON,),
    ),
    Operation(
        "GET", "/reports/{reference}", "showReport", reports.show_report, answers.ReportStatus,
        scope=REPORTS, names_something=True,
    ),
    Operation(
        "POST", "/reports/search", "searchReports", searching.search_reports, answers.SearchAnswer,
        scope=REPORTS, body=SearchContent, accepts=(JSON,),
    ),
    Operation(
        "POST", "/laboratory-reports", "takeLaboratoryReport", laboratory.take_laboratory_report,
        answers.LaboratoryReportTaken, scope=LABORATORY, status=202, body=LaboratoryReport, accepts=(JSON,),
    ),
    Operation("GET", "/sites", "listSites", collecting.list_sites, answers.Sites),
    Operation(
        "GET", "/sessions", "listSessions", collecting.list_sessions, answers.Sessions,
        parameters=collecting.WhichSessions,
    ),
    Operation(
        "GET", "/events", "listEvents", changes.list_changes, answers.Events, scope=REPORTS, parameters=changes.Since
    ),
    Operation("GET", "/statistics", "showStatistics", figures.show_figures, answers.PublicFigures),
)  # fmt: skip
