"""Whom families may ask beside the unit, in words for mails, letters and entries, in the active language."""

from django.utils.translation import gettext

from crmo_clinic.nhsuk import phone
from crmo_clinic.nhsuk.wording import apart
from scheduling.models import Unit, WhomToAsk


def in_words(contact: WhomToAsk) -> str:
    """`Nurse specialists: 0113 496 0200 (Monday to Friday). You can leave a message. …`, with the email."""
    said = [in_short(contact)] if contact.phone else [gettext("%(name)s:") % {"name": apart(contact.name)}]
    if contact.phone and contact.takes_messages:
        said.append(gettext("You can leave a message."))
    if contact.email:
        written = gettext("Or write to %(email)s.") if contact.phone else gettext("Write to %(email)s.")
        said.append(written % {"email": contact.email})
    if contact.email and contact.answered:
        said.append(gettext("We answer emails: %(when)s.") % {"when": apart(contact.answered)})
    return " ".join(said)


def in_short(contact: WhomToAsk) -> str:
    """`Nurse specialists: 0113 496 0200 (Monday to Friday).`"""
    words = {
        "name": apart(contact.name),
        "phone": phone.in_words(contact.phone),
        "hours": apart(contact.hours),
    }
    return (
        gettext("%(name)s: %(phone)s (%(hours)s).") if contact.hours else gettext("%(name)s: %(phone)s.")
    ) % words


def all_in_words(unit: Unit) -> list[str]:
    """One line for each that the unit has on its list; no query."""
    return [in_words(contact) for contact in unit.whom_to_ask]


def all_in_short(unit: Unit) -> list[str]:
    """The same for a calendar entry: only who has a phone, and no email."""
    return [in_short(contact) for contact in unit.whom_to_ask if contact.phone]
