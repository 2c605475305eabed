"""The table of the API's operations."""

from portal.api import answers, changes, collecting, figures, importing, laboratory, reports, searching
from portal.api.bodies import JSON
from portal.api.columns import KNOWN
from portal.api.import_rows import CSV, JSON_LINES, MOST_ROWS
from portal.api.operations import Operation
from shared.messages.matching import LaboratoryReport
from shared.messages.report_content import ReportContent, SearchContent

REPORTS, LABORATORY = "reports", "laboratory"
"""The scopes of keys."""

IMPORT = (
    f"At most {MOST_ROWS} rows. Each line of JSON is a ReportContent. A CSV file has a header, commas, semicolons or "
    f"tabs, and of these columns those that it has: {', '.join(sorted(KNOWN))}. Of `name`, `given` and `known_as` "
    "one is needed, and `consent_keep`. Cells are taken as text, never as formulas. Nobody is texted."
)

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
        "POST", "/imports", "takeImport", importing.take_import, answers.ImportTaken,
        scope=REPORTS, status=202, accepts=(CSV, *sorted(JSON_LINES)), largest_bytes=importing.LARGEST_BYTES,
        more=IMPORT,
    ),
    Operation(
        "GET", "/imports/{id}", "showImport", importing.show_import, answers.ImportState,
        scope=REPORTS, names_something=True,
    ),
    Operation(
        "POST", "/laboratory-reports", "takeLaboratoryReport", laboratory.take_laboratory_report,
        answers.LaboratoryReportTaken, scope=LABORATORY, status=202, body=LaboratoryReport, accepts=(JSON,),
    ),
    Operation(
        "GET", "/laboratory-reports/{id}", "showLaboratoryReport", laboratory.show_laboratory_report,
        answers.LaboratoryReportState, scope=LABORATORY, names_something=True,
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
