"""What machines ask: is it alive, is it ready, how is it going.

Answered before everything else: a probe knows neither our host name nor TLS, and has no session.

    /health/live                 the process answers; no database is asked
    /health/ready                200 if all is well, else 503 and what is not, as JSON that names nobody
    /health/ready?only=web       the same of what a web process needs: the database and its migrations
    /metrics                     for Prometheus: with METRICS_TOKEN, or from this machine and through no proxy
"""

from collections.abc import Callable, Iterator
from hmac import compare_digest
from ipaddress import ip_address
from os import environ

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from scheduling.models import Outage, Task, WorkerBeat
from scheduling.watch import alarms

Answer = Callable[[HttpRequest], HttpResponse]
_NO_STORE = {"Cache-Control": "no-store"}


def answer_probes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = PROBES.get(request.path)
        if answer is None:
            return get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return answer(request)

    return middleware


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("live\n", content_type="text/plain", headers=_NO_STORE)


def ready(request: HttpRequest) -> HttpResponse:
    found = {"database": "ok", "migrations": "ok"}
    try:
        if _is_behind():
            found["migrations"] = "to be run"
        elif request.GET.get("only") != "web":
            found |= _beside_the_web()
    except DatabaseError as error:
        found = {"database": f"does not answer ({type(error).__name__})"}
    status = 200 if set(found.values()) == {"ok"} else 503
    answer = JsonResponse(found, status=status, headers=_NO_STORE)
    # Whoever probes raises the alarm; a line of the log for each would only hide others.
    answer._has_been_logged = True
    return answer


def _beside_the_web() -> dict[str, str]:
    now, last = timezone.now(), alarms.last_beat()
    due = alarms.oldest_due(now)
    outage = Outage.objects.filter(what=Outage.MAIL).first()
    return {
        "worker": "ok"
        if last and last >= now - alarms.SILENT
        else f"silent since {last.isoformat(timespec='seconds') if last else 'ever'}",
        "mail": f"refused since {outage.since.isoformat(timespec='seconds')}"
        if outage
        else "ok"
        if due < alarms.OVERDUE
        else f"due for {due.total_seconds():.0f} seconds",
    }


class _Migrated:
    """Once the database is at the version of this process it stays so: no need to ask at every probe."""

    done = False


def _is_behind() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _Migrated.done:
        executor = MigrationExecutor(connection)
        _Migrated.done = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not _Migrated.done


def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read_metrics(request):
        return HttpResponseNotFound("Not found\n", content_type="text/plain")
    shared = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in environ:
        # Each web process counts in files of its own; this adds them up.
        MultiProcessCollector(shared)
    else:
        shared.register(_Counted())
    shared.register(_OfDatabase())
    return HttpResponse(generate_latest(shared), content_type=CONTENT_TYPE_LATEST, headers=_NO_STORE)


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    came_through = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    try:
        return not came_through and ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        # gunicorn on a Unix socket knows no address; only this machine reaches it.
        return not came_through and not request.META.get("REMOTE_ADDR")


class _Counted:
    """What this one process has counted."""

    def collect(self) -> Iterator[Metric]:
        return iter(REGISTRY.collect())


class _OfDatabase:
    """What the database says at this moment, the same whichever process is asked."""

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*self._found()]
        except DatabaseError:
            found = []
        yield _gauge("crmo_database_up", "Whether the database answers", bool(found))
        yield from found

    def _found(self) -> Iterator[Metric]:
        now, last = timezone.now(), alarms.last_beat()
        running = WorkerBeat.objects.running(now).count()
        yield _gauge("crmo_workers_running", "Workers with a heartbeat", running)
        if last:
            age = (now - last).total_seconds()
            yield _gauge("crmo_worker_beat_age_seconds", "Since a worker last said that it runs", age)
        yield _gauge(
            "crmo_mails_waiting", "Mails that are still to be sent", alarms.mails_waiting(now).number
        )
        due = alarms.oldest_due(now).total_seconds()
        yield _gauge("crmo_oldest_due_message_seconds", "How long the oldest due message has been due", due)
        outage = Outage.objects.filter(what=Outage.MAIL).first()
        down = (now - outage.since).total_seconds() if outage else 0
        yield _gauge("crmo_mail_outage_seconds", "For how long the mail server has taken nothing", down)
        tasks = GaugeMetricFamily("crmo_tasks_open", "Tasks that are open", labels=["kind"])
        for kind, counted in Task.objects.open().by_kind().items():
            tasks.add_metric([str(kind)], counted.tasks)
        yield tasks


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


PROBES: dict[str, Answer] = {"/health/live": live, "/health/ready": ready, "/metrics": metrics}
