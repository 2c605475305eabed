"""The peer of P3: booking as a Django project writes it, with the session's row locked by `select_for_update`.

`python -m tests.bench.django_booking`: books, and prints wishes a second, the 99th percentile (ms) and how many got a
place. Threads with a kept connection each.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from uuid import uuid4

from django.db import connection, models, transaction

from shared.settings import settings as own
from tests.bench.booking import CLIENTS, CONNECTIONS, PLACES, SESSIONS
from tests.bench.django_ground import set_up
from tests.bench.ground import NOTES

set_up(own().database_of(NOTES))


class Day(models.Model):
    """A collection session and its free places."""

    free = models.IntegerField()

    class Meta:
        app_label = "bench"


class Booking(models.Model):
    """A family's place."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    day = models.ForeignKey(Day, on_delete=models.CASCADE)
    places = models.IntegerField()

    class Meta:
        app_label = "bench"


def book(day: int) -> tuple[bool, float]:
    """Book a place where there is one; whether it did, and how long it took (ms)."""
    started = time.perf_counter()
    with transaction.atomic():
        locked = Day.objects.select_for_update().get(pk=day)
        has_room = locked.free >= 1
        if has_room:
            locked.free -= 1
            locked.save(update_fields=["free"])
            Booking.objects.create(day=locked, places=1)
    return has_room, (time.perf_counter() - started) * 1000


def main() -> None:
    """Book for all, and print."""
    tables = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (Day, Booking):
            if model._meta.db_table not in tables:
                editor.create_model(model)
    days = [Day.objects.create(free=PLACES // SESSIONS).pk for _ in range(SESSIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as connections:
        list(connections.map(lambda _: connection.ensure_connection(), range(CONNECTIONS * 4)))
        started = time.perf_counter()
        done = list(connections.map(lambda n: book(days[n % SESSIONS]), range(CLIENTS)))
        seconds = time.perf_counter() - started
    print(CLIENTS / seconds, quantiles([ms for _, ms in done], n=100)[98], sum(booked for booked, _ in done))


if __name__ == "__main__":
    main()
