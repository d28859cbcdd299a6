"""The drafts of translations: each with its English beside it, to be approved by a named person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.languages import drafts, texts_of_draft
from crmo_clinic.nhsuk.pages import page_of
from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from scheduling.telling.draft_languages import approval_of, approve, take_back

TEXTS_A_PAGE = 200


class ApproveLanguageForm(forms.Form):
    """Who has read the draft and answers for it."""

    submit_label = "Approve, and let families read it"

    approved_by = forms.CharField(
        label="Who has approved it?",
        max_length=150,
        help_text="The name and role of the person of the Trust who reads this language and answers for it",
        widget=forms.TextInput(width=30, spellcheck=False, autocomplete="off"),
        error_messages={"required": "Enter the name of the person who approved it"},
    )


@require_safe
@requires(Permission.VIEW)
def list_languages(request: HttpRequest) -> HttpResponse:
    """The drafts, and which of them families can read."""
    rows = [(code, name, len(texts_of_draft(code)), approval_of(code)) for code, name in drafts().items()]
    return render(request, "scheduling/telling/list_languages.html", {"rows": rows})


@requires(Permission.SET_UP_UNIT)
def show_language(request: HttpRequest, language: str) -> HttpResponse:
    """The texts of a draft beside their English, some hundreds a page, and the form to approve all of it."""
    if language not in drafts():
        raise Http404
    form, status = ApproveLanguageForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            approve(language=language, by=request.user, **form.cleaned_data)
        status = attempt.status
        if attempt.done:
            messages.success(request, f"{drafts()[language]} is approved: contacts can be given it.")
            return redirect("scheduling:list_languages")
    context = {
        "form": form,
        "code": language,
        "name": drafts()[language],
        "page": page_of(request, sorted(texts_of_draft(language).items()), TEXTS_A_PAGE),
        "approval": approval_of(language),
    }
    return render(request, "scheduling/telling/show_language.html", context, status=status)


@requires(Permission.SET_UP_UNIT, only_forms=True)
def take_language_back(request: HttpRequest, language: str) -> HttpResponse:
    """Families read English again."""
    if language not in drafts():
        raise Http404
    with said_on_the_page(request):
        take_back(language=language, by=request.user)
        messages.success(request, f"{drafts()[language]} is off: families read English.")
    return redirect("scheduling:list_languages")
