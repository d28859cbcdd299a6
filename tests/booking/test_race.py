"""Many colleagues at once, through the web server: one wins, the others are told why not, no rule is broken.

`race.py` plays; here its answers are judged. In the ordinary run some rounds of each race;
`RACE_ROUNDS=50 pytest tests/booking/test_race.py` plays as many as it is told.
"""

import json
import os

import pytest

from tests.processes import database_of_its_own, python
from tests.race import CLIENTS, OTHERS

ROUNDS = int(os.environ.get("RACE_ROUNDS", "12"))
DONE, REFUSED, ASKED_AGAIN = 302, 409, 200


@pytest.mark.processes
@pytest.mark.parametrize(
    ("workers", "scenarios"),
    [("8", ["one_slot", "move", "hold", "cancel", "close", "staff", "offer"]), ("2", ["one_slot"])],
    ids=["8 workers", "2 workers"],
)
def test_of_all_who_want_one_thing_at_once_one_gets_it(tmp_path, workers, scenarios):
    with database_of_its_own(tmp_path) as database:
        command = ("-m", "tests.race", workers, str(ROUNDS), *scenarios)
        played = json.loads(python(database, *command, timeout=570))
        diagnosis = python(database, "manage.py", "doctor")

    assert list(played["answers"]) == scenarios
    for scenario, rounds in played["answers"].items():
        assert len(rounds) == ROUNDS
        for answers in rounds:
            assert JUDGES[scenario](answers), (scenario, answers)
    assert played["complaints"] == []
    assert played["breaches"] == []
    assert diagnosis == "Nothing wrong.\n"


def one_of_many(answers):
    return len(answers) == CLIENTS and one_wins(answers, "is taken from")


def one_of_all(answers):
    return len(answers) == 1 + OTHERS and one_wins(answers, "is taken from")


def cancelled_and_at_most_one_booked(answers):
    (_, status, _), *others = answers
    return status == DONE and (one_wins(others, "is taken from") or all_refused(others, "is taken from"))


def answered_and_at_most_one_booked(answers):
    yes, no, *others = answers
    return {yes[1], no[1]} == {DONE} and (
        one_wins(others, "is taken from") or all_refused(others, "is taken from")
    )


def closed_or_booked(answers):
    return rival_or_one(answers, "The unit is closed (deep clean)")


def staffed_or_booked(answers):
    return rival_or_one(answers, "One nurse would be needed at 9am")


def rival_or_one(answers, words):
    """The rival's change stands and nobody is booked; or one is, and the rival is asked again."""
    (_, status, _), *others = answers
    if status == DONE:
        return all_refused(others, words)
    return status == ASKED_AGAIN and one_wins(others, "is taken from")


def one_wins(answers, words):
    winners = [answer for answer in answers if answer[1] == DONE]
    return len(winners) == 1 and all_refused([a for a in answers if a not in winners], words)


def all_refused(answers, words):
    return all(status == REFUSED and words in said for _, status, said in answers)


JUDGES = {
    "one_slot": one_of_many,
    "move": one_of_all,
    "hold": one_of_all,
    "cancel": cancelled_and_at_most_one_booked,
    "close": closed_or_booked,
    "staff": staffed_or_booked,
    "offer": answered_and_at_most_one_booked,
}
