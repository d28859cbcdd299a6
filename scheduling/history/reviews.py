"""Recording reviews, imaging, medicines and decisions. A correction leaves the old value in the log."""

from collections.abc import Collection, Sequence

from django.db import transaction

from patients import audit
from scheduling.acts import Act, record
from scheduling.history.lab_results import LabResult
from scheduling.models import ActiveSite, Decision, Imaging, Medicine, Review, ReviewSource, site_name
from scheduling.models.review import Recorded

# A place and its side, as codes of BodySite and Side.
SiteOnSide = tuple[str, str]


@transaction.atomic
def save_review(*, review: Review, sites: Collection[SiteOnSide], by: audit.Actor) -> Review:
    """Save a new or corrected review with its active sites.

    Raises ValueError if there are sites though nobody looked for them, Clash if the review is gone.
    """
    if sites and not review.sites_examined:
        raise ValueError("whoever found an active site has looked for one")
    is_new = _name_recorder(review, by)
    before = {} if is_new else {(row.site, row.side): row for row in review.sites.all()}
    audit.save(review, by=by, patient=review.patient_id)
    after = list(dict.fromkeys(sites))
    if set(before) != set(after):
        review.sites.exclude(pk__in=[before[key].pk for key in after if key in before]).delete()
        ActiveSite.objects.bulk_create(
            ActiveSite(review=review, site=site, side=side)
            for site, side in after
            if (site, side) not in before
        )
        act = Act.REVIEW_SITES_ADDED if is_new else Act.REVIEW_SITES_CHANGED
        record(act, review, by, {"sites": [_names(before), _names(after)]})
    return review


def save_imaging(*, imaging: Imaging, by: audit.Actor) -> Imaging:
    """Save a new or corrected result. Raises Clash if it is gone."""
    _name_recorder(imaging, by)
    audit.save(imaging, by=by, patient=imaging.patient_id)
    return imaging


def save_medicine(*, medicine: Medicine, by: audit.Actor) -> Medicine:
    """Save a new or corrected medicine. Raises Clash if it is gone."""
    _name_recorder(medicine, by)
    audit.save(medicine, by=by, patient=medicine.patient_id)
    return medicine


def save_decision(*, decision: Decision, by: audit.Actor) -> Decision:
    """Save a new or corrected decision; the latest that counts is the plan. Raises Clash if it is gone."""
    _name_recorder(decision, by)
    audit.save(decision, by=by, patient=decision.patient_id)
    return decision


@transaction.atomic
def import_results(*, results: Sequence[LabResult], by: audit.Actor) -> int:
    """Save each result in the laboratory review of its day that lacks it, or in a new one; all or none.

    Returns the number of results.
    """
    for result in results:
        day = {"patient": result.patient, "on": result.on, "source": ReviewSource.LAB}
        lacking = {f"{name}__isnull": True for name in result.values}
        there = Review.objects.that_count().select_for_update().filter(**day, **lacking)
        review = there.order_by("pk").first() or Review(**day)
        for name, value in result.fields.items():
            setattr(review, name, value)
        _name_recorder(review, by)
        audit.save(review, by=by, patient=review.patient_id)
    return len(results)


def _name_recorder(row: Recorded, by: audit.Actor) -> bool:
    """Put the recorder's name on a new row. Returns whether the row is new."""
    if row.pk is None:
        row.recorded_by = by.name
        return True
    return False


def _names(sites: Collection[SiteOnSide]) -> list[str]:
    return sorted(site_name(site, side) for site, side in sites)
