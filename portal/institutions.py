"""The bodies that take reports, as families and other doors see them."""

from portal.database import Database
from portal.family.views import Institution
from portal.local_text import in_language

TO_SHARE_WITH = """
SELECT institution, name FROM institution WHERE is_active AND 'takes_reports' = ANY(kinds) ORDER BY institution
"""


async def institutions_to_share_with(database: Database, lang: str) -> list[Institution]:
    """The bodies that a family may let see its report, named in a language."""
    rows = await database.all(TO_SHARE_WITH)
    return [Institution(row["institution"], in_language(row["name"], lang) or row["institution"]) for row in rows]
