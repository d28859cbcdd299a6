"""The addresses of families' own pages. Each is a secret that can be computed again and is stored nowhere.

The secret is an HMAC of the link's random nonce under FAMILY_LINK_KEY. So a link's row alone opens no page,
and every mail can have the same address. A link that an earlier key made keeps its address while that key is
among the fallbacks; so is SECRET_KEY, which made them all before. The secret names nobody: no child, no
contact, no database key. The mails that were sent contain it, because they are kept as they were sent; pages
show them `without_page_addresses`.
"""

import hmac
import logging
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from patients.models import Contact
from patients.walking import walk
from scheduling.errors import Refused
from scheduling.models import Course, FamilyLink
from scheduling.states import CourseStatus
from scheduling.telling.open_on_symptoms import open_until

# For how many days after the last visit the page opens: time for the check-in on the third day, and some
# weeks to look back.
DAYS_AFTER = 30
# For how many days the page opens, from when the course was agreed, while the course waits or has no days.
DAYS_WAITING = 365
# Shown in place of an address that only the contact may see.
NO_ADDRESS = "(the address of their own page)"
# Matches any host, because mails outlive a change of PUBLIC_URL. A quoted address may be broken into lines
# within the secret, or stand inside another address, which mail servers that check links write.
_ADDRESS = re.compile(
    r"""(?<![^\s<>"'()\[\]])[^\s<>"'()\[\]]*(?:/|%2F)family(?:/|%2F)(?:feed(?:/|%2F))?"""
    r"""(?:[\w-]{0,42}\n[>\s]*)?[\w-]{16,}[^\s<>"'()\[\]]*""",
    re.IGNORECASE,
)

# A token after `/family/` in quoted-printable, which may break a line after any letter. The token has no `=`.
_LETTER = re.compile(rb"[\w-]")
_BREAK = rb"(?:=\r?\n)?"
_TOKEN = re.compile(
    rb"(?P<before>" + _BREAK.join(re.escape(b"%c" % letter) for letter in b"/family/") + rb")"
    rb"(?P<token>(?:" + _BREAK + rb"[\w-]){43})(?![\w-])"
)


logger = logging.getLogger(__name__)


def link_for(course: Course, contact: Contact) -> FamilyLink:
    """The link of this contact to this course, made if there is none. A revoked one stays revoked.

    One whose key is lost gets a new address: a mail must not carry one that opens nothing.
    """
    made = new_link(course, contact)
    link, _ = FamilyLink.objects.get_or_create(
        course=course,
        contact=contact,
        defaults={"nonce": made.nonce, "page_hash": made.page_hash, "feed_hash": made.feed_hash},
    )
    if _is_lost(link):
        save_links([renewed(link)])
    return link


def _is_lost(link: FamilyLink) -> bool:
    return not link.revoked_at and not has_key(link)


def links_for(course: Course, contacts: Sequence[Contact]) -> tuple[dict[int, FamilyLink], list[FamilyLink]]:
    """The links of several contacts to this course by the contact's key, as `link_for`; and those of them
    that are still to be saved by `save_links`. One query; none if `family_links` are prefetched."""
    keys = {contact.pk for contact in contacts}
    found = {link.contact_id: link for link in course.family_links.all() if link.contact_id in keys}
    lost = [renewed(link) for link in found.values() if _is_lost(link)]
    new = [new_link(course, contact) for contact in contacts if contact.pk not in found]
    return found | {link.contact_id: link for link in new}, lost + new


def save_links(links: Sequence[FamilyLink]) -> None:
    """Save new links, and new addresses of others, in the transaction of an act: Refused, which undoes it, if
    somebody else made one of them just now."""
    for link in links:
        if link.pk:
            logger.error("Link %s was made with a key that is lost. It has a new address now.", link.pk)
            link.save()
    try:
        FamilyLink.objects.bulk_create(link for link in links if not link.pk)
    except IntegrityError as clash:
        raise Refused("Somebody else wrote to this family just now. Try again.") from clash


def new_link(course: Course, contact: Contact) -> FamilyLink:
    """An unsaved link with a nonce of its own."""
    return renewed(FamilyLink(course=course, contact=contact))


def renewed(link: FamilyLink) -> FamilyLink:
    """The link with another nonce, and so other addresses, and no longer revoked. It is not saved here."""
    link.nonce, link.revoked_at = secrets.token_urlsafe(24), None
    key = _keys()[0]
    link.page_hash, link.feed_hash = (hash_of(_secret(link, use, key)) for use in ("page", "feed"))
    return link


def has_key(link: FamilyLink) -> bool:
    """Whether the key that made it is still among the settings: else no mail can carry its address."""
    return _key_of(link) is not None


def links_without_key() -> Iterator[FamilyLink]:
    """The links that are not revoked and whose key is lost."""
    return (link for link in walk(FamilyLink.objects.filter(revoked_at=None)) if not has_key(link))


def page_address(link: FamilyLink) -> str:
    """The full URL of the page, for mails."""
    return settings.PUBLIC_URL + reverse("family:show_page", args=[page_token(link)])


def address_to_tell(link: FamilyLink) -> str:
    """The same; empty if the page was closed to them."""
    return "" if link.revoked_at else page_address(link)


def readdressed(mime: bytes, link: FamilyLink) -> bytes:
    """A mail of ours with the present address of the page in place of any other; lines keep their length."""

    def swap(found: re.Match[bytes]) -> bytes:
        letters = iter(page_token(link).encode())
        return found["before"] + _LETTER.sub(lambda _: bytes([next(letters)]), found["token"])

    return _TOKEN.sub(swap, mime)


def page_token(link: FamilyLink) -> str:
    return _secret(link, "page", _key_of(link) or _keys()[0])


def feed_token(link: FamilyLink) -> str:
    return _secret(link, "feed", _key_of(link) or _keys()[0])


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def find_page(token: str, now: datetime) -> FamilyLink | None:
    """The link whose page this is; None if there is none, it was revoked, or it has expired."""
    return _alive(_links().filter(page_hash=hash_of(token)).first(), now)


def find_feed(token: str, now: datetime) -> FamilyLink | None:
    """The same for the calendar feed."""
    return _alive(_links().filter(feed_hash=hash_of(token)).first(), now)


def ends_on(link: FamilyLink) -> date:
    """The last day on which the page opens."""
    days = [session.day for session in link.course.sessions.all()]
    if days and link.course.status != CourseStatus.WAITING:
        return max(days) + timedelta(days=DAYS_AFTER)
    return timezone.localdate(link.course.agreed_at) + timedelta(days=DAYS_WAITING)


def feed_address(link: FamilyLink) -> str:
    """The full URL of the calendar feed."""
    return settings.PUBLIC_URL + reverse("family:show_feed", args=[feed_token(link)])


def without_page_addresses(text: str) -> str:
    """The text of a mail, ours or one that quotes ours, without any address that opens a family's page."""
    return _ADDRESS.sub(NO_ADDRESS, text)


def is_alive(link: FamilyLink, now: datetime) -> bool:
    """Whether its page opens: it was not revoked and has not expired. One of a child who is open on symptoms
    opens as long as that. No query before it would expire."""
    today = timezone.localdate(now)
    return not link.revoked_at and (
        ends_on(link) >= today or open_until(link.contact.patient, today) is not None
    )


def _links() -> QuerySet[FamilyLink]:
    links = FamilyLink.objects.select_related("course__unit", "course__patient", "contact__patient")
    return links.prefetch_related("course__sessions")


def _alive(link: FamilyLink | None, now: datetime) -> FamilyLink | None:
    return link if link and is_alive(link, now) else None


def key_fingerprints() -> dict[str, list[str]]:
    """Which keys can open families' pages here, by the name of their setting, without telling them."""
    ours = [settings.FAMILY_LINK_KEY, *settings.FAMILY_LINK_KEY_FALLBACKS]
    named = {"FAMILY_LINK_KEY": ours, "SECRET_KEY": [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]}
    return {
        name: [sha256(f"fingerprint of {key}".encode()).hexdigest()[:32] for key in keys if key]
        for name, keys in named.items()
    }


def _keys() -> list[str]:
    """The key that makes new links, and those that made earlier ones."""
    ours = [settings.FAMILY_LINK_KEY, *settings.FAMILY_LINK_KEY_FALLBACKS]
    return [*filter(None, ours), settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _key_of(link: FamilyLink) -> str | None:
    """The key that this link was made with; None if it is lost."""
    return next((key for key in _keys() if hash_of(_secret(link, "page", key)) == link.page_hash), None)


def _secret(link: FamilyLink, use: str, key: str) -> str:
    digest = hmac.digest(f"{key}.family-link".encode(), f"{use}.{link.nonce}".encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")
