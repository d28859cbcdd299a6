"""The bits of a day, small enough to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules import Taken
from scheduling.rules.grid import Grid, lowest, runs, spread
from tests.rules.builders import (
    MONDAY,
    TUESDAY,
    a_calendar,
    a_child,
    a_diary,
    at,
    chairs,
    shape,
    something_else,
)

bits = st.integers(0, 2**40 - 1)


@pytest.mark.parametrize(
    ("length", "found"),
    [(1, 0b0111_0110), (2, 0b0011_0010), (3, 0b0001_0000), (4, 0b0000_0000)],
)
def test_runs_begin_where_enough_bits_follow_each_other(length, found):
    assert runs(0b0111_0110, length) == found


def test_a_run_of_nothing_is_everywhere():
    assert all(runs(0, 0) >> bit & 1 for bit in range(100))


@given(bits, st.integers(1, 12), st.integers(1, 3))
def test_runs_and_spread_agree_with_looking_at_each_bit(number, length, step):
    windows = [[number >> bit + n * step & 1 for n in range(length)] for bit in range(40)]

    assert runs(number, length, step) == sum(all(window) << bit for bit, window in enumerate(windows))
    assert spread(number, length, step) == sum(any(window) << bit for bit, window in enumerate(windows))


def test_a_row_for_each_quarter_of_an_hour_with_a_bit_for_each_chair():
    grid = Grid(chairs(3, 1, 2), slot_minutes=15)

    assert grid.rows([at(9)]) == 0b111 << 108
    assert grid.in_chair(grid.rows([at(9), at(9, 15)]), 2) == 0b010010 << 108
    assert grid.cells_of(Taken(3, MONDAY, at(9), at(9, 30))) == 0b100100 << 108
    assert grid.open_cells(at(9), at(9, 30)) == 0b111111 << 108


def test_what_takes_a_part_of_a_cell_takes_it_all_and_a_cell_not_wholly_open_is_closed():
    grid = Grid(chairs(1), slot_minutes=15)

    assert grid.cells_of(Taken(1, MONDAY, at(9, 10), at(9, 20))) == 0b11 << 36
    assert grid.open_cells(at(9, 10), at(9, 50)) == 0b11 << 37


def test_a_chair_that_is_not_in_use_has_no_bits():
    assert Grid(chairs(1), slot_minutes=15).cells_of(Taken(2, MONDAY, 0, at(24))) == 0


def test_the_first_start_is_the_lowest_bit_earliest_time_before_lowest_chair():
    grid = Grid(chairs(1, 2), slot_minutes=15)
    starts = grid.in_chair(grid.rows([at(9)]), 2) | grid.rows([at(10)])

    assert grid.first(starts) == (at(9), 2)
    assert list(grid.times(starts)) == [at(9), at(10)]
    assert list(grid.times(grid.from_time(starts, at(9, 5)))) == [at(10)]
    assert lowest(grid.in_any_chair(starts)) == 36 * 2
    assert grid.at_any_time(grid.in_chair(starts, 2)) == 0b10


def test_a_grid_that_no_quarter_hour_divides_is_cut_into_finer_cells():
    assert Grid(chairs(1), slot_minutes=20).cell == 5
    assert Grid(chairs(1), slot_minutes=60).cell == 15


def test_the_starts_of_a_day_are_split_by_whether_it_keeps_a_place():
    """One chair from 8am to 6pm: before 9am and after noon another 5 hours are left."""
    diary = a_diary(chairs=1, calendar=a_calendar(opens=at(8), closes=at(18)), slot_minutes=60)
    (keeps, keeping), (not_, rest) = diary.index_of(TUESDAY).choices(shape(at(5)))

    assert (keeps, not_) == (True, False)
    assert list(diary.grid.times(keeping)) == [at(8), at(13)]
    assert list(diary.grid.times(rest)) == [at(9), at(10), at(11), at(12)]


def test_each_rule_leaves_fewer_times():
    diary = a_diary(
        a_child(1, TUESDAY, at(9), at(13)),
        something_else(2, TUESDAY, at(15), at(17)),
        calendar=a_calendar(nurses=1),
        slot_minutes=60,
    )
    day = diary.index_of(TUESDAY)
    times = day.times(shape(at(4)))
    with_a_chair = list(diary.grid.times(day.free(shape(at(4))) & diary.grid.rows(times)))

    assert times == [at(hour) for hour in range(9, 14)]
    assert with_a_chair == [at(9), at(10), at(11), at(13)]
    assert day.times_with_a_nurse(with_a_chair, shape(at(4))) == [at(13)]
    assert day.times_with_nurses_after([at(13)], shape(at(4))) == [at(13)]
