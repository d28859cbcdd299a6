"""The texts of a unit for families: their versions, and writing and approving them."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import listed, plain_date
from patients.access import Permission, requires
from patients.acting import said_in
from scheduling.models import EVERYONE, AdviceText, Audience, LeafletPage, Moment, Unit
from scheduling.pages.parameters import number_in
from scheduling.pages.telling.text_forms import AdviceForm, ApproveForm
from scheduling.pages.telling.text_preview import advice_of, preview_of
from scheduling.telling.letters import Reader, bodies
from scheduling.telling.texts import approval, default_body, gaps
from scheduling.telling.texts.filling import gaps_of
from scheduling.telling.texts.overview import (
    TextState,
    approval_in_words,
    leaflet_states,
    outdated_translations,
    state_of,
    states_in_every_language,
    text_states,
    versions_of,
)
from scheduling.telling.texts.review_tasks import language_of

LANGUAGES = {code: name for code, name in settings.LANGUAGES if not code.startswith("en-")}
MOST_VERSIONS = 10_000


@require_safe
@requires(Permission.VIEW)
def list_advice(request: HttpRequest, pk: int) -> HttpResponse:
    """All texts of a unit in the language of `?language=`. `pk` is the unit's, as in the next two views."""
    unit = get_object_or_404(Unit, pk=pk)
    language = _language(request)
    today = timezone.localdate()
    states = text_states(unit, today=today, language=language)
    rows = [
        (
            moment,
            [(state, _address("show_advice", state.text)) for state in states if state.text.moment == moment],
        )
        for moment in Moment
    ]
    written = set(AdviceText.objects.filter(unit=unit).values_list("language", flat=True))
    context = {
        "unit": unit,
        "has_gaps": bool(gaps_of(unit)),
        "rows": rows,
        "audiences": Audience,
        "leaflet": [
            (state, _address("show_advice", state.text))
            for state in leaflet_states(unit, today=today, language=language)
        ],
        "language": language,
        "languages": sorted(LANGUAGES.items(), key=lambda pair: (pair[0] != "en", pair[1])),
        "written": [(code, _language_name(code)) for code in sorted(written - {"en"})],
        "lapsing": [
            (f"{state.name}{language_of(state.text)}", state.approved, _address("show_advice", state.text))
            for state in states_in_every_language(unit, today=today)
            if state.is_due_soon
        ],
        "outdated": [
            (f"{state.name}, {_language_name(state.text.language)}", _address("show_advice", state.text))
            for state in outdated_translations(unit, today=today)
        ],
    }
    return render(request, "scheduling/telling/list_advice.html", context)


@require_safe
@requires(Permission.VIEW)
def show_advice(request: HttpRequest, pk: int) -> HttpResponse:
    """One text: its state, its versions, and the latest one, or that of `?version=`, as families see it."""
    named = _named(request, pk)
    state, versions = state_of(named, today=timezone.localdate()), versions_of(named)
    number = number_in(request, "version", default=0, most=MOST_VERSIONS)
    shown = next((text for text in versions if text.version == number), state.latest)
    context = _context(state) | {
        "english_address": _address("show_advice", state.newer_english) if state.newer_english else "",
        "shown": shown,
        "versions": [(text, _in_words(text), _version_address(text)) for text in versions],
        "is_latest": shown == state.latest,
        "preview": preview_of(shown) if shown else None,
    }
    return render(request, "scheduling/telling/show_advice.html", context)


@requires(Permission.SET_UP_UNIT)
def write_advice(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a new version; "Preview" saves nothing."""
    named = _named(request, pk)
    state = state_of(named, today=timezone.localdate())
    start, latest = _start(state), state.latest
    form = AdviceForm(request.POST or None, latest=latest, start=start, language=named.language)
    named.version, named.body = (latest.version if latest else 0) + 1, start
    context = _context(state) | {"form": form, "gaps": gaps(start)}
    if request.method == "POST" and form.is_valid():
        named.body = form.cleaned_data["body"]
        if "preview" not in request.POST:
            with said_in(form) as attempt:
                text = approval.write(text=named, by=request.user)
            if not attempt.done:
                context["preview"] = preview_of(named)
                return render(request, "scheduling/telling/write_advice.html", context, status=attempt.status)
            messages.success(request, f"Version {text.version} has been saved as a draft.")
            return redirect(_address("show_advice", text))
        context["gaps"] = gaps(named.body)
    context["preview"] = preview_of(named)
    return render(request, "scheduling/telling/write_advice.html", context)


@requires(Permission.SET_UP_UNIT)
def approve_advice(request: HttpRequest, pk: int) -> HttpResponse:
    """Record who has approved a version. `pk` is the version's, as in the next two views."""
    text = _version(pk)
    form = ApproveForm(request.POST or None)
    why_not = approval.why_not_to_approve(text)
    context = _context(state_of(text, today=timezone.localdate()))
    context |= {"form": form, "shown": text, "why_not": why_not, "preview": preview_of(text)}
    if request.method != "POST" or not form.is_valid():
        if text.approved_at:
            return redirect(_version_address(text))
        return render(request, "scheduling/telling/approve_advice.html", context)
    with said_in(form) as attempt:
        text = approval.approve(text=text, **form.cleaned_data, by=request.user)
    if not attempt.done:
        return render(request, "scheduling/telling/approve_advice.html", context, status=attempt.status)
    until = plain_date(text.review_on)
    outdated = [
        _language_name(state.text.language)
        for state in outdated_translations(text.unit, today=timezone.localdate())
        if text.language == "en" and state.name == text.name
    ]
    again = f" It is sent in place of its translation into {listed(outdated)}: approve that anew."
    messages.success(
        request, f"Version {text.version} is approved, and is sent until {until}.{again if outdated else ''}"
    )
    return redirect(_address("show_advice", text))


@require_safe
@requires(Permission.VIEW)
def print_advice(request: HttpRequest, pk: int) -> HttpResponse:
    """The text in large print, for paper."""
    text = _version(pk)
    with translation.override(text.language):
        context = advice_of(text) | {"unit": text.unit, "text": text, "back": _version_address(text)}
        context["english_is_newer"] = state_of(text, today=timezone.localdate()).newer_english
        return render(request, "scheduling/telling/print_advice.html", context)


@require_safe
@requires(Permission.VIEW)
def download_advice(request: HttpRequest, pk: int) -> HttpResponse:
    """The text as a plain-text file."""
    text = _version(pk)
    with translation.override(text.language):
        plain, _ = bodies("only_advice", text.unit, Reader(text.language), advice_of(text))
    response = HttpResponse(plain, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(text)}.txt"'
    return response


def _context(state: TextState) -> dict[str, Any]:
    text = state.text
    return {
        "unit": text.unit,
        "state": state,
        "language_name": "" if text.language == "en" else _language_name(text.language),
        "texts_address": f"{reverse('scheduling:list_advice', args=[text.unit.pk])}?language={text.language}",
        "text_address": _address("show_advice", text),
        "write_address": _address("write_advice", text),
    }


def _named(request: HttpRequest, pk: int) -> AdviceText:
    """The text named by `?moment=&audience=&language=`, as an unsaved row; the first if they are invalid."""
    asked = request.GET
    if asked.get("moment") in LeafletPage.values:
        return AdviceText(
            unit=get_object_or_404(Unit, pk=pk),
            moment=asked["moment"],
            audience=EVERYONE,
            language=_language(request),
        )
    moment = asked.get("moment") if asked.get("moment") in Moment.values else Moment.BEFORE_DAY_1
    audience = asked.get("audience") if asked.get("audience") in Audience.values else Audience.FIRST
    unit = get_object_or_404(Unit, pk=pk)
    return AdviceText(unit=unit, moment=moment, audience=audience, language=_language(request))


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("language", "en")
    return asked if asked in LANGUAGES else "en"


def _language_name(code: str) -> str:
    return LANGUAGES.get(code, code)


def _version(pk: int) -> AdviceText:
    return get_object_or_404(AdviceText.objects.select_related("unit"), pk=pk)


def _start(state: TextState) -> str:
    """What a new version starts from: the last version; for a translation, the English; else the default."""
    if state.latest:
        return state.latest.body
    text = state.text
    english = AdviceText(unit=text.unit, moment=text.moment, audience=text.audience)
    latest = next(iter(versions_of(english)), None)
    return latest.body if latest else default_body(text.moment, text.audience)


def _in_words(text: AdviceText) -> str:
    return approval_in_words(text, timezone.localdate()) if text.approved_at else "Not approved."


def _address(name: str, text: AdviceText, **more: int) -> str:
    asked = {"moment": text.moment, "audience": text.audience, "language": text.language, **more}
    return f"{reverse(f'scheduling:{name}', args=[text.unit.pk])}?{urlencode(asked)}"


def _version_address(text: AdviceText) -> str:
    return _address("show_advice", text, version=text.version)
