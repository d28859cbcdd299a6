"""What years of results cost: a long history on one page, and a long file taken in and undone."""

from datetime import timedelta
from time import perf_counter

from tests.benchmarks.figures import middle, tell, write

REVIEWS, LINES, CHILDREN = 1_000, 10_000, 100


def history(get) -> None:
    """get: gets the page, and says how many milliseconds that took."""
    write(f" History of a child with {REVIEWS:,} reviews, through HTTP, one client")
    get()
    tell("median of 20", middle([get() for _ in range(20)]), "ms", at_most=300)


def a_long_history() -> int:
    """The key of a child with reviews for eight years, every second with values from the laboratory."""
    from django.utils import timezone

    from scheduling.models import ActiveSite, Review
    from tests import builders

    child, last = builders.patient(hospital_number="H1"), timezone.localdate()
    child.birth_date = last - timedelta(days=17 * 365)
    child.save()
    examined = {
        "source": "clinician",
        "pain": 4,
        "patient_global": 5,
        "physician_global": 3,
        "sites_examined": True,
    }
    measured = {"source": "lab", "esr": 14, "crp": 7}
    made = Review.objects.bulk_create(
        Review(
            patient=child,
            on=last - timedelta(days=3 * n),
            recorded_by="Nia Nurse",
            **(measured if n % 2 else examined),
        )
        for n in range(REVIEWS)
    )
    ActiveSite.objects.bulk_create(
        ActiveSite(review=row, site="ribs", side="left") for row in made if row.sites_examined
    )
    return child.pk


def a_long_file(actor) -> None:
    """Check, take in and undo a file as long as a file may be."""
    from django.utils import timezone

    from scheduling.history import result_imports
    from scheduling.history.lab_results import read_sheet
    from tests import builders

    today = timezone.localdate()
    for n in range(CHILDREN):
        builders.patient(hospital_number=f"L{n}", nhs_number=None)
    lines = (
        f"L{n % CHILDREN},{today - timedelta(days=n // CHILDREN):%d/%m/%Y},{n % 100},<5" for n in range(LINES)
    )
    text = "\n".join(["Hospital number,Date,ESR,CRP", *lines])
    write(f" A file of {LINES:,} results of {CHILDREN} children: wall time")
    began = perf_counter()
    seen = read_sheet(text, today).mark
    checked = perf_counter()
    taken, _ = result_imports.take_in(text=text, seen=seen, instead=(), today=today, by=actor)
    kept = perf_counter()
    result_imports.undo(taken=taken, because="To see how long it takes", by=actor)
    tell("checked", checked - began, "s", at_most=5)
    tell("taken in", kept - checked, "s", at_most=20)
    tell("undone", perf_counter() - kept, "s", at_most=20)
