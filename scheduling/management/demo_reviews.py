"""Reviews, check-ins, medicines and decisions of the demo data, with some left out on purpose.

Three children have a review every few weeks for three years; most others a few.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from patients.access import Role
from patients.models import AuditEvent, Patient, User
from scheduling.acts import Act
from scheduling.history import reviews
from scheduling.management.demo_names import CLINICIANS
from scheduling.management.demo_past import moment
from scheduling.models import (
    ActiveSite,
    CheckIn,
    Decision,
    Effect,
    Imaging,
    Medicine,
    NextStep,
    Review,
    ReviewSource,
    Session,
    every_site,
)
from scheduling.states import SessionStatus

SEED = 2011
LONG = 3
MEDICINES = (
    ("nsaid", "Naproxen"),
    ("nsaid", "Ibuprofen"),
    ("paracetamol", "Paracetamol"),
    ("steroid", "Prednisolone"),
    ("dmard", "Methotrexate"),
    ("biologic", "Adalimumab"),
)
RESULTS = (
    (
        "mri",
        "Whole body MRI. Marrow oedema in the left clavicle and the right distal tibia. Vertebrae normal.",
    ),
    ("mri", "Marrow oedema at two sites, one of them not seen on the previous study."),
    ("xray", "Sclerosis of the medial clavicle. No fracture."),
    ("dexa", "Lumbar spine measured, reported by the bone density service."),
)
# What was decided for one child after another who has had a course, over and over; None: nothing was decided.
STEPS = (NextStep.REVIEW, None, NextStep.OPEN, NextStep.REVIEW, NextStep.STOP, None, NextStep.REVIEW)
REASONS = {
    NextStep.REVIEW: "Seen in clinic with the family; to be seen again",
    NextStep.OPEN: "No pain in the daytime; the family knows how to ask for a review",
    NextStep.STOP: "Moved to another hospital, which has taken over",
}


def add_reviews(today: date, people: Mapping[Role, User]) -> None:
    """Write all of it for children who were given a course."""
    chance, nurse = Random(SEED), people[Role.NURSE]  # noqa: S311
    by_child = _first_days(today)
    ranked = sorted(by_child, key=lambda child: (-len(by_child[child]), child.hospital_number))
    for n, child in enumerate(ranked):
        if n >= LONG and n % 7 == 6:
            continue
        _reviews_of(child, by_child[child], today, chance, nurse, often=n < LONG)
    for n, child in enumerate(ranked):
        _decide(child, by_child[child][-1], n, today, chance, nurse)
    _check_ins(today, chance)
    _correct(Review.objects.filter(patient=ranked[0], pain__isnull=False).first(), nurse)


def _first_days(today: date) -> dict[Patient, list[date]]:
    given = Session.objects.filter(status=SessionStatus.FULFILLED, number=1, day__lt=today)
    by_child: dict[Patient, list[date]] = {}
    for session in given.select_related("course__patient").order_by("day"):
        by_child.setdefault(session.course.patient, []).append(session.day)
    return by_child


def _reviews_of(
    child: Patient, courses: Sequence[date], today: date, chance: Random, nurse: User, *, often: bool
) -> None:
    """Before each course, and some weeks after it; of most children only about the last two."""
    usual = chance.sample(list(every_site()), 6)
    after = (6, 13, 20) if often else (8,)
    made = []
    for first in courses if often else courses[-2:]:
        for weeks in (-2, *after):
            day = first + timedelta(weeks=weeks, days=chance.randint(-4, 4))
            if day < today:
                made.append(_review(child, day, weeks < 0, chance, nurse))
                if chance.random() < 0.7:
                    made.append(_lab(child, day + timedelta(days=chance.randint(0, 3)), weeks < 0, chance))
    made = [review for review in made if review.on < today]
    Review.objects.bulk_create(made)
    sites = []
    for review in made:
        if review.sites_examined:
            found = chance.sample(usual, chance.randint(0, 4 if (review.pain or 0) > 4 else 2))
            sites += [ActiveSite(review=review, site=site, side=side) for site, side in found]
    ActiveSite.objects.bulk_create(sites)
    AuditEvent.objects.bulk_create(_added(review, nurse) for review in made)
    _alongside(child, courses, chance, nurse, count=3 if often else chance.randint(0, 2))


def _review(child: Patient, day: date, before: bool, chance: Random, nurse: User) -> Review:
    pain = chance.randint(4, 9) if before else chance.randint(0, 6)
    mri = before and chance.random() < 0.4

    def maybe(number: float) -> Decimal | None:
        return Decimal(str(min(max(number, 0), 10))) if chance.random() < 0.88 else None

    return Review(
        patient=child,
        on=day,
        source=chance.choice((ReviewSource.NURSE, ReviewSource.CLINICIAN, ReviewSource.CLINICIAN)),
        recorded_by=nurse.name,
        recorded_at=moment(day, chance),
        pain=maybe(pain),
        patient_global=maybe(pain + chance.choice((-1, -0.5, 0, 0.5, 1))),
        physician_global=maybe(pain + chance.choice((-2, -1.5, -1, 0, 0.5))),
        chaq=chance.choice((None, Decimal("0.125") * chance.randint(0, 12))),
        school_days_missed=chance.choice((None, chance.randint(0, 9))),
        sites_examined=chance.random() < 0.9,
        mri_lesions=chance.randint(1, 7) if mri else None,
        mri_on=day - timedelta(days=chance.randint(5, 20)) if mri else None,
    )


def _lab(child: Patient, day: date, before: bool, chance: Random) -> Review:
    crp = chance.randint(5, 42) if before else chance.randint(1, 18)
    return Review(
        patient=child,
        on=day,
        source=ReviewSource.LAB,
        recorded_by="Laboratory file",
        recorded_at=moment(day, chance),
        esr=chance.randint(6, 48) if before else chance.randint(3, 24),
        crp=Decimal(max(crp, 5)),
        crp_below=crp < 5,
    )


def _added(review: Review, nurse: User) -> AuditEvent:
    return AuditEvent(
        at=review.recorded_at,
        actor_id=nurse.pk,
        actor_name=nurse.name,
        patient_id=review.patient_id,
        action=Act.REVIEW_ADDED,
        record="review",
        record_id=review.pk,
        changes={"on": [None, review.on.isoformat()]},
    )


def _alongside(child: Patient, courses: Sequence[date], chance: Random, nurse: User, *, count: int) -> None:
    by = {"patient": child, "recorded_by": nurse.name}
    for kind, name in chance.sample(MEDICINES, count):
        start = courses[0] - timedelta(weeks=chance.randint(2, 30))
        stop = chance.choice((None, start + timedelta(weeks=chance.randint(8, 60))))
        if stop and stop > courses[-1]:
            stop = None
        Medicine.objects.create(kind=kind, name=name, started_on=start, stopped_on=stop, **by)
    for kind, result in chance.sample(RESULTS, min(count, 2)):
        on = chance.choice(courses) - timedelta(weeks=chance.randint(2, 5))
        Imaging.objects.create(kind=kind, on=on, result=result, **by)


def _decide(child: Patient, last: date, n: int, today: date, chance: Random, nurse: User) -> None:
    step = STEPS[n % len(STEPS)]
    decided = min(last + timedelta(weeks=8), today - timedelta(days=1))
    if step is None or decided <= last + timedelta(days=1):
        return
    decision = Decision(
        patient=child,
        step=step,
        until=None if step == NextStep.STOP else today + timedelta(days=chance.randint(-20, 120)),
        decided_by=chance.choice(CLINICIANS),
        decided_on=decided,
        reason=REASONS[step],
    )
    reviews.save_decision(decision=decision, by=nurse)


def _check_ins(today: date, chance: Random) -> None:
    """Three days after many of the later courses a family says how it went."""
    ends = Session.objects.filter(
        status=SessionStatus.FULFILLED, number=2, day__range=(today - timedelta(days=500), today)
    )
    for session in ends.select_related("course__patient").order_by("day", "pk"):
        contact = session.course.patient.contacts.filter(may_receive_invites=True).first()
        if contact is None or chance.random() < 0.4 or session.day + timedelta(days=3) >= today:
            continue
        effects = chance.sample(list(Effect.values), chance.choice((0, 0, 1, 2)))
        CheckIn.objects.create(
            course=session.course,
            contact=contact,
            at=moment(session.day + timedelta(days=3), chance),
            pain=chance.choice((None, 1, 2, 3, 4, 5)),
            effects=effects,
        )


def _correct(review: Review, nurse: User) -> None:
    """One mistyped value, corrected."""
    review.pain = min(review.pain + 1, Decimal(10))
    sites = [(row.site, row.side) for row in review.sites.all()]
    reviews.save_review(review=review, sites=sites, by=nurse)
