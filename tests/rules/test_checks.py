"""Which items apply to a course, and on which days what was done still counts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules.checks import AppliesIf, Child, applies, counts_on, days_without, good_until

DAY_1 = date(2027, 3, 23)
DAY_2 = DAY_1 + timedelta(days=1)
TEN = Child(date(2017, 3, 23), "female", is_first_course=False)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (AppliesIf(), True),
        (AppliesIf(first_course_only=True), False),
        (AppliesIf(min_age=10), True),
        (AppliesIf(min_age=11), False),
        (AppliesIf(max_age=10), True),
        (AppliesIf(max_age=9), False),
        (AppliesIf(min_age=10, max_age=10), True),
        (AppliesIf(sex="female"), True),
        (AppliesIf(sex="male"), False),
        (AppliesIf(sex="female", min_age=12), False),
    ],
)
def test_an_item_applies_by_age_sex_and_first_course(rule, expected):
    assert applies(rule, TEN, DAY_1) is expected


def test_the_age_is_that_of_the_first_day():
    assert not applies(AppliesIf(min_age=10), TEN, DAY_1 - timedelta(days=1))
    assert applies(AppliesIf(max_age=9), TEN, DAY_1 - timedelta(days=1))


def test_a_first_course_is_asked_for_what_is_asked_only_then():
    assert applies(AppliesIf(first_course_only=True), Child(TEN.birth_date, "male", True), DAY_1)


@pytest.mark.parametrize("sex", ["female", "male"])
def test_a_child_whose_sex_is_not_known_is_asked_for_either(sex):
    assert applies(AppliesIf(sex=sex), Child(TEN.birth_date, None, False), DAY_1)


@pytest.mark.parametrize(
    ("ago", "valid_days", "lost"),
    [
        (400, None, ()),
        (90, 91, ()),
        (90, 90, (DAY_2,)),
        (90, 89, (DAY_1, DAY_2)),
        (0, 1, ()),
        (0, 0, (DAY_2,)),
        (1, 0, (DAY_1, DAY_2)),
    ],
)
def test_what_was_done_counts_for_its_days_and_no_longer(ago, valid_days, lost):
    done_on = DAY_1 - timedelta(days=ago)
    assert days_without(done_on, valid_days, (DAY_1, DAY_2)) == lost


def test_what_was_not_done_counts_on_no_day():
    assert days_without(None, None, (DAY_1, DAY_2)) == (DAY_1, DAY_2)


days = st.dates(date(2000, 1, 1), date(2200, 1, 1))
lengths = st.none() | st.integers(0, 3650)


@given(days, lengths, days, days)
def test_what_counts_on_a_day_counts_on_every_earlier_one(done_on, valid_days, one, other):
    earlier, later = sorted((one, other))
    assert counts_on(done_on, valid_days, earlier) or not counts_on(done_on, valid_days, later)


@given(days, st.integers(0, 3650))
def test_the_last_good_day_is_the_last(done_on, valid_days):
    until = good_until(done_on, valid_days)
    assert counts_on(done_on, valid_days, until)
    assert not counts_on(done_on, valid_days, until + timedelta(days=1))


@given(days, lengths, days, st.integers(0, 400))
def test_done_later_never_counts_for_less(done_on, valid_days, day, later):
    if counts_on(done_on, valid_days, day):
        assert counts_on(done_on + timedelta(days=later), valid_days, day)


@given(days)
def test_the_end_of_the_calendar_is_no_end(done_on):
    assert good_until(done_on, 10_000_000) is None


@given(
    st.builds(AppliesIf, st.booleans(), st.none() | st.integers(0, 25), st.none() | st.integers(0, 25)),
    st.sampled_from(["", "female", "male"]),
    days,
    days,
)
def test_not_to_know_the_sex_asks_for_whatever_either_would_be_asked_for(rule, sex, born, first_day):
    rule = AppliesIf(rule.first_course_only, rule.min_age, rule.max_age, sex)
    either = [applies(rule, Child(born, each, True), first_day) for each in ("female", "male")]
    assert applies(rule, Child(born, None, True), first_day) == any(either)
