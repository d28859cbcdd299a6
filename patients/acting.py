"""Doing what a form asks for: if it is refused, the sentences go where people read them.

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
    """A `with` in which one verb is called. It ends at a refusal, and `refusal` has that.

    tell: gets the refusal. but: kinds of refusals that lead elsewhere, and are raised.
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
        """Of the page that is drawn again: 409, a conflict with how things are now, if it was refused."""
        return 200 if self.done else 409


def said_in(form: BaseForm, field: str | None = None) -> Attempt:
    """A refusal is said in the form, beside a field if one is named, with all that was typed."""
    return Attempt(lambda refusal: add_refusal(form, refusal, field))


def said_on_the_page(request: HttpRequest) -> Attempt:
    """A refusal is said at the top of the next page."""
    return Attempt(lambda refusal: messages.warning(request, str(refusal)))


def add_refusal(form: BaseForm, refusal: Refused, field: str | None = None) -> None:
    """Each reason an error of the form, whether the rest of it was checked before or not."""
    form.is_valid()
    code = "clash" if isinstance(refusal, Clash) else "refused"
    form.add_error(field, ValidationError([ValidationError(each, code=code) for each in refusal.reasons]))


def to_whole_page(request: HttpRequest, address: str) -> HttpResponse:
    """To this address, as a whole page also if only a part of one was asked for."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
