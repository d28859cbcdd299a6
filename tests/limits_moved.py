"""What became of limits that hung on courses, once they are kept with the child: a question of its own."""

from datetime import date, time

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE = [("patients", "0002_spell_names_anew"), ("scheduling", "0005_course_reminders")]
DAY = date(2027, 7, 1)


def moved() -> dict[str, list]:
    """Two courses of one child, one given, one waiting, migrated: the child's limits, what courses keep."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    then = executor.loader.project_state(BEFORE).apps
    make = {name: then.get_model("scheduling", name).objects.create for name in ("Unit", "Course")}
    unit = make["Unit"](name="Ward", place="Here")
    child = then.get_model("patients", "Patient").objects.create(
        name="Ada Lark", hospital_number="K1", birth_date=date(2016, 1, 1)
    )
    mother = then.get_model("patients", "Contact").objects.create(
        patient=child, name="Jo Halloway", phone="+441134960001"
    )
    asked = {"unit": unit, "patient": child, "decided_by": "Dr Wren", "decided_on": DAY, "reason": "first"}
    asked |= {"minutes": 240, "priority": 2}
    given = make["Course"](**asked, status="completed", impossible_weekdays=[0], not_before=time(12))
    waits = make["Course"](**asked, impossible_weekdays=[1, 2, 3], not_before=time(10), short_notice=True)
    limits, dates = (
        then.get_model("scheduling", name).objects for name in ("FamilyLimits", "ImpossibleDates")
    )
    limits.create(
        course=waits, contact=mother, impossible_weekdays=[2], not_before=time(9), short_notice=True
    )
    limits.create(course=waits, contact=None, impossible_weekdays=[1])
    dates.create(course=waits, contact=mother, first_day=DAY, last_day=DAY)
    dates.create(course=waits, contact=None, first_day=DAY, last_day=date(2027, 7, 3))
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    courses = apps.get_model("scheduling", "Course").objects
    names = ("contact__name", "impossible_weekdays", "not_before", "impossible_dates", "short_notice")
    kept = ("impossible_weekdays", "not_before", "impossible_dates__last_day")
    return {
        "child": list(
            apps.get_model("scheduling", "ChildLimits").objects.order_by("contact").values_list(*names)
        ),
        "given": list(courses.filter(pk=given.pk).values_list(*kept)),
        "waits": list(courses.filter(pk=waits.pk).values_list(*kept)),
    }
