"""Writing and approving what families are told: two separate acts, each on one version of a text."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, plain_date
from patients import audit
from patients.stale import while_here
from scheduling.acts import Act, record
from scheduling.errors import Refused
from scheduling.models import EVERYONE, AdviceText
from scheduling.telling.texts import INVITE_MOMENTS, as_text, gaps
from scheduling.telling.texts.leaflet import note_until
from scheduling.telling.texts.markdown import NEVER_SAID
from scheduling.telling.texts.review_tasks import close_settled

# The longest time for which an approval holds.
LONGEST_YEARS = 3


@transaction.atomic
def write(*, text: AdviceText, by: audit.Actor) -> AdviceText:
    """Save a new version as a draft. The approved version stays in force until this one is approved.

    text: unsaved, with a `version` one above the last that `by` saw. Raises Refused if it says the same as
    the last draft, or if somebody else has written a version since.
    """
    latest = _versions(text).first()
    if latest and latest.version >= text.version:
        raise Refused(written_meanwhile(latest))
    if latest and not latest.approved_at and latest.body == text.body:
        raise Refused(f"This is what version {latest.version} says already, so there is nothing to save.")
    text.written_by, text.written_at = by.name, timezone.now()
    audit.save(text, by=by)
    return text


@transaction.atomic
def approve(*, text: AdviceText, approved_by: str, review_on: date, by: audit.Actor) -> AdviceText:
    """Put this version in force: families are sent it from now on, until its review date.

    approved_by: the name and role of whoever has read and approved it. Raises Refused if it is approved
    already, has gaps or says what no calendar entry may say, if a later version exists, or if the review date
    is not in the future or too far ahead.
    """
    text = AdviceText.objects.select_for_update().get(pk=text.pk)
    latest = _versions(text).first()
    if text.approved_at:
        raise Refused(f"Version {text.version} is approved already, by {text.approved_by}.")
    if latest.version > text.version:
        raise Refused(written_meanwhile(latest))
    if why := why_not_to_approve(text):
        raise Refused(*why)
    if not timezone.localdate() < review_on <= latest_review_date():
        raise Refused(
            f"The review date must be after today, and not after {plain_date(latest_review_date())}."
        )
    text.approved_by, text.approved_at, text.review_on = approved_by, timezone.now(), review_on
    text.save(update_fields=["approved_by", "approved_at", "review_on"])
    changes = {"version": text.version, "approved_by": ["", approved_by], "review_on": [None, review_on]}
    record(Act.ADVICETEXT_APPROVED, text, by, changes)
    if text.audience == EVERYONE:
        note_until(text.unit)
    close_settled(text.unit, today=timezone.localdate(), by=by)
    return text


def why_not_to_approve(text: AdviceText) -> list[str]:
    """What has to change before the text can be approved, as sentences; empty if nothing."""
    why = []
    if left := gaps(text.body):
        why.append(f"The Trust still has to write: {'; '.join(left)}.")
    said = [word for word in NEVER_SAID if word in as_text(text.body).casefold()]
    if said and text.moment in INVITE_MOMENTS:
        why.append(
            f"Calendar entries carry this text, and people share calendars. Leave out: {listed(said)}."
        )
    return why


def latest_review_date() -> date:
    """The latest review date that an approval made today may have."""
    today = timezone.localdate()
    # Three years after 29 February there is no such day.
    return date(today.year + LONGEST_YEARS, today.month, min(today.day, 28 if today.month == 2 else 31))


def written_meanwhile(latest: AdviceText) -> str:
    """The sentence for somebody whose page was opened before this version was written."""
    return f"{while_here(f'{latest.written_by} wrote version {latest.version}')}."


def _versions(text: AdviceText) -> QuerySet[AdviceText]:
    same = {"moment": text.moment, "audience": text.audience, "language": text.language}
    return AdviceText.objects.filter(unit=text.unit_id, **same).order_by("-version")
