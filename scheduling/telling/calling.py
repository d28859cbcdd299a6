"""How a contact is greeted, and how it has chosen that the child is called in what goes to it alone.

Nothing is chosen unless the contact did so on its own page; what another contact chose is not its business.
"""

from django.utils.translation import gettext

from patients.models import Contact
from scheduling.telling.recipients import why_not_told


def child_for(contact: Contact, address: str) -> str:
    """What the child is called in a mail to an address; empty unless it is the contact's own and may be told.

    An address that the contact no longer has may be read by somebody else.
    """
    if not contact.calls_child or contact.email.casefold() != address.casefold():
        return ""
    return "" if why_not_told(contact, contact.patient) else contact.calls_child


def greeting(contact: Contact, child: str) -> str:
    """`Dear Mia Lark,`, and whom it is about if that has a name. In the active language."""
    dear = gettext("Dear %(name)s,") % {"name": contact.name}
    return f"{dear} {gettext('this is about %(child)s.') % {'child': child}}" if child else dear


def with_child(visit: str, child: str) -> str:
    """`Wren: Hospital visit, day 1 of 2`; the name of the visit alone if the child has none."""
    return gettext("%(child)s: %(visit)s") % {"child": child, "visit": visit} if child else visit
