"""Taking in a file of results: what is recorded otherwise, wrong lines, long files, and undoing all of it."""

import csv
import io
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients.models import AuditEvent, Patient
from scheduling.history import result_imports
from scheduling.history.lab_results import read_sheet
from scheduling.models import ResultsImport, Review
from tests import builders
from tests.reading import folded, text_of

pytestmark = pytest.mark.django_db
HEAD = "Hospital number,Date,ESR,CRP"
DAY = date(2026, 3, 27)


@pytest.fixture
def child():
    return builders.patient("Ada Lark", hospital_number="K104482")


@pytest.fixture
def signed_in(client, nurse):
    client.force_login(nurse)
    return client


def file_of(*lines: str) -> str:
    return "\n".join([HEAD, *lines])


def upload(client, text):
    return client.post("/reviews/import/", {"file": SimpleUploadedFile("results.csv", text.encode())})


def confirm(client, text, **typed):
    sheet = upload(client, text).context["sheet"]
    return client.post("/reviews/import/", {"text": text, "seen": sheet.mark, **typed}, follow=True)


def typed_by_a_nurse(child, **values):
    return Review.objects.create(
        patient=child, on=DAY, source="nurse", recorded_by="Nia Nurse", pain=4, **values
    )


class TestWhatIsRecordedOtherwise:
    def test_it_stays_unless_a_person_says_that_the_file_is_right(self, signed_in, child):
        typed = typed_by_a_nurse(child, esr=12)
        text = file_of("K104482,27/3/2026,14,<5")
        page = upload(signed_in, text)
        assert "Nia Nurse recorded ESR 12 (nurse)" in folded(page)
        assert "Ada Lark, K104482, 27 March 2026: put ESR 14 in the place of" in folded(page)

        confirm(signed_in, text)
        typed.refresh_from_db()
        assert typed.esr == 12
        assert list(Review.objects.filter(source="lab").values_list("esr", "crp")) == [(None, 5)]

    def test_a_ticked_line_corrects_it_with_the_log(self, signed_in, child, nurse):
        typed = typed_by_a_nurse(child, esr=12)
        confirm(signed_in, file_of("K104482,27/3/2026,>140,<5"), instead="2")
        typed.refresh_from_db()
        assert (typed.esr, typed.esr_above, typed.pain, typed.recorded_by) == (140, True, 4, "Nia Nurse")
        change = AuditEvent.objects.get(action="review.changed", record_id=typed.pk)
        assert (change.actor_id, change.changes) == (
            nurse.pk,
            {"esr": [12, 140], "esr_above": [False, True]},
        )

    def test_a_value_that_a_nurse_typed_alike_is_not_recorded_twice(self, signed_in, child):
        typed_by_a_nurse(child, esr=14)
        assert "Everything in this file is recorded already" in folded(
            upload(signed_in, file_of("K104482,27/3/2026,14,"))
        )

    def test_a_laboratory_that_corrects_itself_is_asked_about_too(self, signed_in, child):
        confirm(signed_in, file_of("K104482,27/3/2026,14,5"))
        text = file_of("K104482,27/3/2026,14,50")
        assert "Recorded otherwise: Nia Nurse recorded CRP 5 (laboratory)" in folded(upload(signed_in, text))
        confirm(signed_in, text, instead="2")
        assert list(Review.objects.values_list("crp", flat=True)) == [50]

    def test_two_lines_that_contradict_each_other_are_wrong_beside_it_too(self, child):
        typed_by_a_nurse(child, esr=12)
        lines = read_sheet(
            file_of("K104482,27/3/2026,14,", "K104482,27/3/2026,15,"), timezone.localdate()
        ).lines
        assert lines[1].wrong == "Line 2 has another ESR for this child and date"

    def test_nothing_ticked_changes_nothing_and_says_so(self, signed_in, child):
        typed_by_a_nurse(child, esr=12)
        answer = confirm(signed_in, file_of("K104482,27/3/2026,14,"))
        assert answer.status_code == 409
        assert "Tick a line to put its value in the place of what is recorded" in text_of(answer)
        assert not ResultsImport.objects.exists()

    def test_what_changed_since_the_lines_were_shown_is_shown_first(self, signed_in, child):
        text = file_of("K104482,27/3/2026,14,5")
        seen = upload(signed_in, text).context["sheet"].mark
        typed_by_a_nurse(child, esr=12)
        answer = signed_in.post("/reviews/import/", {"text": text, "seen": seen})
        assert answer.status_code == 409
        assert "changed while you looked at these lines, so nothing was imported" in text_of(answer)
        assert "Nia Nurse recorded ESR 12 (nurse)" in folded(answer)
        assert Review.objects.count() == 1

    def test_nobody_is_asked_more_than_five_hundred_questions(self, child):
        days = [DAY - timedelta(days=n) for n in range(501)]
        Review.objects.bulk_create(
            Review(patient=child, on=day, source="nurse", esr=12, recorded_by="Nia Nurse") for day in days
        )
        lines = [f"K104482,{day:%d/%m/%Y},14," for day in days]
        today = timezone.localdate()
        assert read_sheet(file_of(*lines), today).wrong.startswith(
            "More than 500 lines are recorded otherwise."
        )
        assert len(read_sheet(file_of(*lines[1:]), today).to_decide) == 500


class TestWrongLines:
    TEXT = "\n".join(
        ["Hospital number,Date,ESR,CRP,Remark", "K104482,27/3/2026,14,5,", "K9,27/3/2026,14,5,=1+1", "K8,x"]
    )

    def test_each_is_named_and_linked(self, signed_in, child):
        page = folded(upload(signed_in, self.TEXT))
        assert "2 lines of 3 are wrong" in page
        for number in (3, 4):
            assert f'href="#line-{number}">Line {number}</a>: No child has this hospital number' in page
            assert f'id="line-{number}"' in page

    def test_they_can_be_taken_away_with_the_reason(self, signed_in, child):
        answer = signed_in.post("/reviews/import/", {"text": self.TEXT, "download": "wrong"})
        assert answer["Content-Disposition"] == 'attachment; filename="wrong-lines.csv"'
        assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
            ["Hospital number", "Date", "ESR", "CRP", "Remark", "Reason"],
            ["K9", "27/3/2026", "14", "5", "'=1+1", "Line 3: No child has this hospital number"],
            ["K8", "x", "", "", "", "Line 4: No child has this hospital number"],
        ]
        assert not Review.objects.exists()

    @pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
    def test_no_cell_of_it_is_a_formula(self, signed_in, cell):
        text = f'Hospital number,Date,ESR,CRP,"{cell}"\n"{cell}","{cell}",1,1,"{cell}"'
        answer = signed_in.post("/reviews/import/", {"text": text, "download": "wrong"})
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) == 2
        assert not [each for row in rows for each in row if each.startswith(("=", "+", "-", "@"))]


class TestLongFiles:
    def queries(self, lines, nurse):
        text = file_of(*lines)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            seen = read_sheet(text, timezone.localdate()).mark
            result_imports.take_in(text=text, seen=seen, instead=(), today=timezone.localdate(), by=nurse)
        return len(asked)

    def test_as_many_questions_are_asked_for_four_hundred_lines_as_for_forty(self, nurse):
        kept = connection.features.max_query_params
        for n in range(20):
            builders.patient(hospital_number=f"L{n}")
        few, many = (
            [f"L{n % 20},{DAY + timedelta(days=start + n // 20):%d/%m/%Y},1,1" for n in range(count)]
            for start, count in ((0, 40), (10, 400))
        )
        first, second = self.queries(few, nurse), self.queries(many, nurse)
        # SQLite writes a few dozen rows in one statement.
        assert second <= first + (0 if kept is None else 400 * 40 // kept * 2)
        assert Review.objects.count() == 440

    def test_a_file_of_ten_thousand_lines_shows_those_that_need_a_look(self, signed_in):
        for n in range(5):
            builders.patient(hospital_number=f"L{n}")
        start = date(2020, 1, 1)
        lines = [f"L{n % 5},{start + timedelta(days=n // 5):%d/%m/%Y},{n % 100},<5" for n in range(9_999)]
        page = upload(signed_in, file_of(*lines, "Q1,1/1/2026,1,1"))
        assert "1 line of 10000 is wrong" in folded(page)
        assert "500 of 10000 lines are shown, those first that need a look" in folded(page)
        assert page.context["shown"][0].number == 10_001
        assert len(page.content) < 1_500_000

    def test_a_file_as_large_as_may_be_is_confirmed_whatever_its_letters(self, signed_in, child):
        remarks = ",".join(["é" * 99_000] * 5)
        text = f"{HEAD},1,2,3,4,5\nK104482,27/3/2026,14,5,{remarks}"
        seen = upload(signed_in, text).context["sheet"].mark
        typed = urlencode({"text": text, "seen": seen})
        assert len(typed) > 2_900_000
        signed_in.post("/reviews/import/", typed, content_type="application/x-www-form-urlencoded")
        assert Review.objects.count() == 1


class TestUndoing:
    def undo(self, client, because="Another month"):
        taken = ResultsImport.objects.latest("pk")
        return client.post(f"/reviews/import/{taken.pk}/", {"because": because}, follow=True)

    def test_all_of_an_import_is_taken_out_again_by_name(self, signed_in, child, nurse):
        other = builders.patient("Ben Wren", hospital_number="K2")
        typed = typed_by_a_nurse(child, esr=12)
        early = Review.objects.create(patient=other, on=DAY, source="lab", esr=9, recorded_by="Early Bird")
        confirm(
            signed_in,
            file_of("K104482,27/3/2026,14,<5", "K104482,28/3/2026,15,", "K2,27/3/2026,9,8"),
            instead="2",
        )
        assert Review.objects.that_count().count() == 4

        answer = self.undo(signed_in)
        assert "4 results taken out again" in text_of(answer)
        typed.refresh_from_db()
        early.refresh_from_db()
        assert (typed.esr, early.esr, early.crp) == (12, 9, None)
        assert set(Review.objects.that_count()) == {typed, early}
        assert set(Review.objects.exclude(mistake="").values_list("mistake", flat=True)) == {"Another month"}
        undone = AuditEvent.objects.get(action="resultsimport.undone")
        assert (undone.actor_id, undone.changes) == (nurse.pk, {"reason": "Another month", "results": 4})
        assert "undone by Nia Nurse" in text_of(answer)

    @pytest.mark.parametrize("limit", ["below", "above"])
    def test_a_value_that_was_a_limit_is_one_again(self, signed_in, child, limit):
        typed = typed_by_a_nurse(child, esr=140, **{f"esr_{limit}": True})
        confirm(signed_in, file_of("K104482,27/3/2026,14,"), instead="2")
        typed.refresh_from_db()
        assert (typed.esr, typed.esr_below, typed.esr_above) == (14, False, False)
        self.undo(signed_in)
        typed.refresh_from_db()
        assert (typed.esr, typed.esr_below, typed.esr_above) == (140, limit == "below", limit == "above")

    def test_a_review_says_from_which_file_it_has_its_values(self, signed_in, child):
        confirm(signed_in, file_of("K104482,27/3/2026,14,<5"))
        address = Review.objects.get().get_absolute_url()
        assert "ESR 14 and CRP <5" in text_of(signed_in.get(address)).replace("&lt;", "<")
        assert "imported by Nia Nurse" in text_of(signed_in.get(address))
        self.undo(signed_in)
        assert "undone by Nia Nurse" in text_of(signed_in.get(address))

    def test_a_value_that_was_corrected_since_stays(self, signed_in, child):
        confirm(signed_in, file_of("K104482,27/3/2026,14,5", "K104482,28/3/2026,15,6"))
        first, second = Review.objects.order_by("on")
        Review.objects.filter(pk=first.pk).update(esr=41)
        Review.objects.filter(pk=second.pk).update(pain=3)
        assert "1 review with a value corrected since stayed" in text_of(self.undo(signed_in))
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.esr, first.crp, first.mistake) == (41, None, "")
        assert (second.esr, second.crp, second.pain, second.mistake) == (None, None, 3, "")

    def test_it_is_done_once(self, signed_in, child):
        confirm(signed_in, file_of("K104482,27/3/2026,14,5"))
        self.undo(signed_in)
        again = self.undo(signed_in, "Once more")
        assert again.status_code == 409
        assert "Nia Nurse undid this import already" in text_of(again)
        assert ResultsImport.objects.get().undone_because == "Another month"

    def test_the_file_can_be_taken_in_again_afterwards(self, signed_in, child):
        text = file_of("K104482,27/3/2026,14,5")
        confirm(signed_in, text)
        self.undo(signed_in)
        confirm(signed_in, text)
        assert Review.objects.that_count().count() == 1

    def test_a_reason_is_needed(self, signed_in, child):
        confirm(signed_in, file_of("K104482,27/3/2026,14,5"))
        assert "Enter why it is undone" in text_of(self.undo(signed_in, ""))
        assert Review.objects.that_count().count() == 1

    def test_only_those_who_record_reviews_undo(self, signed_in, child, client, coordinator):
        confirm(signed_in, file_of("K104482,27/3/2026,14,5"))
        client.force_login(coordinator)
        assert self.undo(client).status_code == 403
        assert Patient.objects.get().reviews.that_count().count() == 1
