"""What the hospital's records have otherwise than a child's record, and a person has to decide."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf.locale import LANG_INFO

from crmo_clinic.nhsuk import nhs_number
from crmo_clinic.nhsuk.phone import in_words
from crmo_clinic.nhsuk.spellings import pattern, search_words, searchable
from patients.models import Contact, Patient, Sex
from scheduling.adt.reading import Kin, Said

# What a person is asked about.
WHO, DEATH, MERGE, CONTACTS, LANGUAGE, SEX, NUMBER = (
    *("who the child is", "a death", "two records"),
    *("a contact", "the language", "the sex at registration", "a number"),
)


@dataclass(frozen=True)
class Question:
    """What a person has to decide. about: a few words for a task, which names nobody. says: a sentence."""

    about: str
    says: str


def questions_about(child: Patient, said: Said) -> Iterator[Question]:
    """What differs, but for the name and the address, which change by themselves."""
    if said.sex and child.sex != said.sex and child.sex == Sex.INDETERMINATE:
        yield Question(
            SEX, f"The sex at registration is {Sex(said.sex).label.lower()} in the hospital’s records."
        )
    if said.nhs_number and not child.nhs_number:
        shown = nhs_number.display(said.nhs_number)
        yield Question(NUMBER, f"The hospital’s records have the NHS number {shown}, and none is here.")
    contacts = list(child.contacts.all())
    for kin in said.kin:
        yield from _about_kin(kin, contacts)
    known = {contact.phone for contact in contacts} | {number for kin in said.kin for number in kin.phones}
    for number in said.phones:
        if number not in known:
            says = (
                f"The hospital’s records have {in_words(number)} for the family, which no contact has here."
            )
            yield Question(CONTACTS, says)
    addresses = {contact.email.casefold() for contact in contacts}
    addresses |= {email.casefold() for kin in said.kin for email in kin.emails}
    for email in said.emails:
        if email.casefold() not in addresses:
            says = f"The hospital’s records have {email} for the family, which no contact has here."
            yield Question(CONTACTS, says)
    language = _language(said.language)
    if language and language.casefold() != _language(child.language or "English").casefold():
        says = (
            f"The family speaks {language} in the hospital’s records, and "
            f"{child.language or 'nothing else than English'} here. Ask whether they need an interpreter."
        )
        yield Question(LANGUAGE, says)


def _about_kin(kin: Kin, contacts: list[Contact]) -> Iterator[Question]:
    """A contact who is here with another way to be reached there. Somebody who is not here is not asked
    about: the hospital's records often have whoever once came along."""
    for contact in contacts:
        if not _has_every_word(kin.name, contact.name):
            continue
        if kin.phones and contact.phone not in kin.phones:
            here = f"{in_words(contact.phone)} is here" if contact.phone else "none is here"
            numbers = " and ".join(map(in_words, kin.phones))
            yield Question(
                CONTACTS, f"{contact.name} has the phone number {numbers} in the hospital’s records; {here}."
            )
        emails = {email.casefold() for email in kin.emails}
        if emails and contact.email.casefold() not in emails:
            here = f"{contact.email} is here" if contact.email else "none is here"
            addresses = " and ".join(kin.emails)
            yield Question(
                CONTACTS,
                f"{contact.name} has the email address {addresses} in the hospital’s records; {here}.",
            )


def _has_every_word(name: str, other: str) -> bool:
    words = search_words(name)
    return bool(words) and all(re.search(pattern(ways), searchable(other)) for ways in words)


def _language(text: str) -> str:
    """The name of a language, of its code or its name."""
    known = {"eng": "en", "english": "en", "pol": "pl", "urd": "ur", "cym": "cy", "wel": "cy", "nob": "nb"}
    code = known.get(text.casefold(), text.casefold())
    return str(LANG_INFO.get(code, {}).get("name", text)) if text else ""
