"""What a visit is called, in the language in force: one name in subjects, entries, mails, pages and feeds."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from crmo_clinic.nhsuk import wording
from scheduling.models import Session


def visit_name(session: Session) -> str:
    """`Hospital visit, day 1 of 2`; of a course of one day `Hospital visit`."""
    days = session.course.days
    if days == 1:
        return gettext("Hospital visit")
    return gettext("Hospital visit, day %(number)s of %(days)s") % {"number": session.number, "days": days}


def moment(at: datetime) -> str:
    """`Tue 15 Jun, 9am`: short enough for a subject."""
    start = timezone.localtime(at)
    return f"{wording.day_and_month(start)}, {wording.clock(start.time())}"
