"""What every Django peer stands on: the same database as ours, its connections kept."""

from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

SERVED: dict[str, Any] = {
    "ALLOWED_HOSTS": ["*"],
    "SECRET_KEY": "of this run",
    "MIDDLEWARE": ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
}
"""Further settings of a peer that answers requests."""


def set_up(database_url: str, **further: Any) -> None:
    """Set Django up for a database and with further settings; once in a process, before any model."""
    place = urlsplit(database_url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": place.path[1:],
        "USER": place.username,
        "PASSWORD": place.password,
        "HOST": place.hostname,
        "PORT": place.port,
        "CONN_MAX_AGE": None,
    }
    settings.configure(
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": database},
        **further,
    )
    django.setup()
