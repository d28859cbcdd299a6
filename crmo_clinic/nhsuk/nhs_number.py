"""NHS numbers: reading, checking and showing them. Pure functions, no Django.

Ten digits, the last a check digit (modulus 11; NHS Data Dictionary, "NHS NUMBER"). Numbers from
999 000 0000 to 999 999 9999 are never issued: they are the ones for tests and demonstrations.
"""

import re

from crmo_clinic.nhsuk.typed import without_separators

# What stands before a number that was copied with its name.
_LABEL = re.compile("nhs(number|num|nr|no)?[.:#]*", re.IGNORECASE)


def normalise(text: str) -> str:
    """What was typed, without spaces, hyphens, invisible characters and a leading “NHS”; not yet checked."""
    number = without_separators(text)
    label = _LABEL.match(number)
    return number[label.end() :] if label else number


def is_valid(digits: str) -> bool:
    """True for ten digits whose check digit is right.

    The first nine are weighted 10 down to 2; the check digit is 11 minus the sum's remainder by 11,
    where 11 stands for 0 and a 10 means that no such number exists.
    """
    if not re.fullmatch("[0-9]{10}", digits):
        return False
    *body, check = map(int, digits)
    total = sum(weight * digit for weight, digit in zip(range(10, 1, -1), body, strict=True))
    return (11 - total % 11) % 11 == check


def display(digits: str) -> str:
    """Ten digits as `999 000 0379`; anything else comes back unchanged."""
    if not re.fullmatch("[0-9]{10}", digits):
        return digits
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
