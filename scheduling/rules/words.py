"""Numbers and moments as the sentences of the rules say them."""

from datetime import date

from crmo_clinic.nhsuk.wording import clock, long_date
from scheduling.rules.calendar import MINUTES_A_DAY

NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def moment(day: date, minutes: int) -> str:
    return f"{clock_of(minutes)} on {long_date(day)}"


def clock_of(minutes: int) -> str:
    """Like `clock`, but also for a visit that would end after midnight."""
    return clock(minutes) if minutes <= MINUTES_A_DAY else f"{clock(minutes - MINUTES_A_DAY)} the next day"


def counted(number: int, noun: str) -> str:
    return f"{number_of(number)} {noun if number == 1 else noun + 's'}"


def number_of(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)
