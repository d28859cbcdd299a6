"""Whether a message is about the child whose number it has: by the day of birth, the name, the NHS number."""

from crmo_clinic.nhsuk.spellings import search_words, searchable
from crmo_clinic.nhsuk.wording import plain_date
from patients.alike import shares_a_name
from patients.models import Patient
from scheduling.adt.reading import Said
from scheduling.moving_in.judging import Here


def is_sure(child: Patient | None, said: Said) -> bool:
    """Whether it is about the child of these numbers, though something else differs: the NHS number says so,
    or the hospital number and the date of birth do, and no NHS number says otherwise."""
    if child is None:
        return False
    if said.nhs_number and child.nhs_number:
        return said.nhs_number == child.nhs_number
    return said.birth_date == child.birth_date


def why_another(child: Patient, said: Said, here: Here) -> str:
    """Why the child of these numbers cannot be the one of the message; empty if it can."""
    if said.birth_date is None:
        return "It has the number of a child here, and no date of birth"
    if said.birth_date != child.birth_date:
        here_on, there_on = plain_date(child.birth_date), plain_date(said.birth_date)
        return f"The child with this number was born on {here_on} here, not on {there_on}"
    if said.name and not shares_a_name(said.name, child.search_name):
        return "The child with this number has another name here"
    return another_first_name(child, said, here)


def another_first_name(child: Patient, said: Said, here: Here) -> str:
    """Why the name may be that of a brother or sister; empty if it is not, as where only the surname is new.

    Families share the surname, and twins the day as well."""
    if not said.name or searchable(child.name) in (searchable(said.name), searchable(said.whole_name)):
        return ""
    given = words_of(said.given)
    if not given & first_names(child):
        return "The child with this number has another first name here"
    others = (each for each in here.by_birth.get(child.birth_date, []) if each.pk != child.pk)
    if any(given & first_names(other) for other in others):
        return "Another child here was born on the same day and has the first name in the message"
    return ""


def first_names(child: Patient) -> set[str]:
    """Each word of the name but the last, and of what the child is called."""
    words = child.name.split()
    return words_of(f"{' '.join(words[:-1] or words)} {child.known_as}")


def words_of(name: str) -> set[str]:
    return {way for ways in search_words(name) for way in ways}
