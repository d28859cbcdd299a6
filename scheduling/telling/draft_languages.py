"""Approving the drafts of translations that come with the app, and taking an approval back."""

from time import monotonic

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.languages import digest_of_draft, drafts
from patients import audit
from scheduling.errors import Refused
from scheduling.models import LanguageApproval

# For how many seconds a process goes on with what it knows, so that a letter need not ask.
KNOWN_FOR = 30.0
_known: dict[str, tuple[float, bool]] = {}


def may_be_read(language: str) -> bool:
    """Whether somebody has approved the draft as it is now. One query in 30 seconds."""
    asked, answer = _known.get(language, (-KNOWN_FOR, False))
    if monotonic() - asked >= KNOWN_FOR:
        answer = approval_of(language) is not None
        _known[language] = (monotonic(), answer)
    return answer


def approval_of(language: str) -> LanguageApproval | None:
    """The approval of the draft as it is now; None if there is none, or only of an earlier draft."""
    same = LanguageApproval.objects.filter(language=language, taken_back_at=None)
    return same.filter(digest=digest_of_draft(language)).first()


@transaction.atomic
def approve(*, language: str, approved_by: str, by: audit.Actor) -> LanguageApproval:
    """Let families read a draft from now on. Raises Refused if there is none, or if it is approved."""
    if language not in drafts():
        raise Refused("There is no draft in this language.")
    if approval_of(language):
        raise Refused("This draft is approved already.")
    _end(language, by)
    made = LanguageApproval(language=language, digest=digest_of_draft(language), approved_by=approved_by)
    audit.save(made, by=by)
    _known.clear()
    return made


@transaction.atomic
def take_back(*, language: str, by: audit.Actor) -> None:
    """Families read English again, whatever language they have."""
    _end(language, by)
    _known.clear()


def _end(language: str, by: audit.Actor) -> None:
    for row in LanguageApproval.objects.filter(language=language, taken_back_at=None):
        row.taken_back_at = timezone.now()
        audit.save(row, by=by)
