"""One slot, many colleagues at once, as real processes: one gets it, the others are told why not."""

import json

import pytest

from tests.processes import database_of_its_own, python

CLIENTS, ROUNDS = 32, 20


@pytest.mark.processes
def test_of_many_who_want_one_slot_exactly_one_gets_it(tmp_path):
    with database_of_its_own(tmp_path) as database:
        rounds = json.loads(python(database, "-m", "tests.scheduling.race", str(CLIENTS), str(ROUNDS)))
        halves = python(database, "manage.py", "shell", "-v0", "-c", COUNT)

    assert [answers.count("won") for answers in rounds] == [1] * ROUNDS
    refusals = {answer for answers in rounds for answer in answers if answer != "won"}
    # A client that won an earlier round is refused for that; all others for the chair.
    assert all("is taken from" in text or "It is booked now" in text for text in refusals), refusals
    assert halves.split() == [str(ROUNDS), str(2 * ROUNDS), str(2 * ROUNDS), str(2 * ROUNDS)]


COUNT = """
from scheduling.models import Booking, Course, Message, Session
print(Course.objects.filter(status="booked").count(), Session.objects.count())
print(Booking.objects.count(), Message.objects.count())
"""
