"""Doing what a form asks for, and showing the sentences if it is refused.

    with said_in(form) as attempt:
        closure = setup.close_days(…)
    if attempt.done:
        …
    return render(request, template, context, status=attempt.status)

A view catches no refusal itself.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from patients.errors import Refused
from patients.stale import Clash


class Attempt:
    """A `with` block in which one act is called. A refusal ends the block, and is kept in `refusal`.

    tell: is called with the refusal. but: kinds of refusal that are raised instead.
    """

    def __init__(
        self, tell: Callable[[Refused], object] | None = None, *, but: tuple[type[Refused], ...] = ()
    ) -> None:
        self.refusal: Refused | None = None
        self._tell = tell
        self._but = but

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(fault, Refused) or isinstance(fault, self._but):
            return False
        self.refusal = fault
        if self._tell:
            self._tell(fault)
        return True

    @property
    def done(self) -> bool:
        return self.refusal is None

    @property
    def status(self) -> int:
        """The HTTP status of the page: 409, a conflict with the present state, if the act was refused."""
        return 200 if self.done else 409


def said_in(form: BaseForm, field: str | None = None) -> Attempt:
    """A refusal becomes an error of the form, or of the field that is named; nothing typed is lost."""
    return Attempt(lambda refusal: add_refusal(form, refusal, field))


def said_on_the_page(request: HttpRequest) -> Attempt:
    """A refusal is shown at the top of the next page."""
    return Attempt(lambda refusal: messages.warning(request, str(refusal)))


def add_refusal(form: BaseForm, refusal: Refused, field: str | None = None) -> None:
    """Add each reason as an error of the form, which is checked first if it was not yet."""
    form.is_valid()
    code = "clash" if isinstance(refusal, Clash) else "refused"
    form.add_error(field, ValidationError([ValidationError(each, code=code) for each in refusal.reasons]))


def to_whole_page(request: HttpRequest, address: str) -> HttpResponse:
    """Redirect to this address, as a whole page even if htmx asked for a part of one."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
