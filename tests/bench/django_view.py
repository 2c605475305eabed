"""The peer of P9: a Django view that checks the signature and stores a status once, as a Django project would.

`gunicorn tests.bench.django_view:application`: one worker with threads, connections to the database kept.
"""

from contextlib import suppress

from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError, connection, models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from twilio.request_validator import RequestValidator

from shared.settings import settings as own
from tests.bench.django_ground import SERVED, set_up
from tests.bench.ground import NOTES

set_up(own().database_of(NOTES), ROOT_URLCONF=__name__, **SERVED)


class Delivery(models.Model):
    """What the carrier said of a text."""

    carrier_id = models.CharField(max_length=34)
    status = models.CharField(max_length=30)
    error_code = models.IntegerField(null=True)
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bench"
        constraints = (models.UniqueConstraint(fields=["carrier_id", "status"], name="once"),)


@csrf_exempt
def take_status(request: HttpRequest) -> HttpResponse:
    """A text's status changed at the carrier."""
    validator = RequestValidator(own().twilio_auth_token.get_secret_value())
    url = f"{own().base_url}{request.get_full_path()}"
    if not validator.validate(url, request.POST, request.headers.get("X-Twilio-Signature", "")):
        return HttpResponse(status=403)
    form = request.POST
    with suppress(IntegrityError):  # a repeat
        Delivery.objects.create(
            carrier_id=form["MessageSid"], status=form["MessageStatus"], error_code=form.get("ErrorCode")
        )
    return HttpResponse(status=204)


def make_table() -> None:
    """Its table, once, before the server starts."""
    if Delivery._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(Delivery)


urlpatterns = [path("webhooks/twilio/status", take_status)]
application = get_wsgi_application()

if __name__ == "__main__":
    make_table()
