"""Constraints and triggers that the database has lost, rows that point nowhere, acts without a log row."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import Exists, Model, OuterRef

from patients.constraints import TriggerConstraint
from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.models import Course
from scheduling.states import CourseStatus

OURS = ("patients", "scheduling")
_NAMED = re.compile(r'(?:CONSTRAINT|INDEX|TRIGGER) "?(\w+)')


def missing_guards() -> Iterator[str]:
    """Constraints and triggers that the models declare and the database does not have."""
    found = _names_in_database()
    for model in (model for app in OURS for model in apps.get_app_config(app).get_models()):
        for name in _guards(model):
            if name not in found:
                yield f"The database has lost its guard {name} on {model._meta.verbose_name_plural}."


def _guards(model: type[Model]) -> Iterator[str]:
    for constraint in model._meta.constraints:
        if isinstance(constraint, TriggerConstraint):
            for sql in constraint.statements_to_create(model, connection.vendor):
                yield from re.findall(r"(?:CREATE TRIGGER|ADD CONSTRAINT) (\w+)", sql)
        else:
            yield constraint.name


def _names_in_database() -> set[str]:
    """The constraints, unique indexes and triggers that are in force. SQLite keeps a constraint only as text
    in the statement that made its table."""
    names = {
        "sqlite": "SELECT coalesce(sql, name) FROM sqlite_master",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' "
        "UNION SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return {name for (text,) in cursor.fetchall() for name in _NAMED.findall(text) or [text]}


def dangling_rows() -> Iterator[str]:
    """Rows with a foreign key to a row that is gone."""
    try:
        connection.check_constraints()
    except IntegrityError as fault:
        yield f"A row points to one that is gone. {str(fault).splitlines()[0]}"


def unrecorded_acts() -> Iterator[str]:
    """Courses held, booked or cancelled without a row in the log, and log rows that name nobody."""
    for status, action in (
        (CourseStatus.HELD, Act.COURSE_HELD),
        (CourseStatus.BOOKED, Act.COURSE_BOOKED),
        (CourseStatus.CANCELLED, Act.COURSE_CANCELLED),
    ):
        log = AuditEvent.objects.filter(record="course", record_id=OuterRef("pk"), action=action)
        for pk in (
            Course.objects.filter(~Exists(log), status=status).order_by("pk").values_list("pk", flat=True)
        ):
            yield f"Course {pk}: it is {status.label.lower()}, and the log does not say who did that."
    for pk in AuditEvent.objects.filter(actor_name="").order_by("pk").values_list("pk", flat=True):
        yield f"Row {pk} of the log names nobody."
