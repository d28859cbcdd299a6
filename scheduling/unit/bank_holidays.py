"""Bank holidays in England."""

from collections.abc import Mapping
from datetime import date

import holidays

# Works out a year when one of its days is first asked for.
ENGLAND: Mapping[date, str] = holidays.country_holidays("GB", subdiv="ENG")


def bank_holidays(first: date, last: date) -> dict[date, str]:
    """Bank holidays in England from `first` to `last`."""
    days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    return {day: ENGLAND[day] for day in days if day in ENGLAND}
