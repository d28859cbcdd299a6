"""How long a sign-in lasts: until nothing was done for a while, and never over half a day.

The times stand in the session. Use is noted to half a minute, so that a page costs no write of its own.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from crmo_clinic.nhsuk import review
from patients import audit, kept_forms, sign_in_log
from patients.acts import PatientAct
from patients.models import User

SIGNED_IN_AT, USED_AT = "signed_in_at", "used_at"
NOTED_EVERY = 30
# To look how much time is left is no use of the app.
NO_USE = {"account_time_left"}
IDLE, TOO_LONG = "nothing was done for a while", "signed in for too long"
View = Callable[..., HttpResponseBase]


def begin(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Called when somebody has signed in."""
    request.session[SIGNED_IN_AT] = request.session[USED_AT] = _now()


def seconds_left(request: HttpRequest) -> int:
    """Until this sign-in ends if nothing is done; 0 if it has ended."""
    now, session = _now(), request.session
    idle = session.get(USED_AT, now) + settings.IDLE_MINUTES * 60 - now
    in_all = session.get(SIGNED_IN_AT, now) + settings.SESSION_HOURS * 3600 - now
    return max(0, int(min(idle, in_all)))


class EndOldSessions:
    """Ends a sign-in that is over, and keeps the form that came too late; brings such a form back for review.

    Stands after the check of CSRF and before that of being signed in.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" and kept_forms.PARAMETER in request.GET:
            with review.under_review(""):
                return self.get_response(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return None
        if not request.user.is_authenticated:
            return None
        name = request.resolver_match.view_name
        if why := _why_over(request):
            return _end(request, why, keeps=_is_ours(name))
        if name not in NO_USE:
            _note_use(request)
        if kept_forms.PARAMETER in request.GET and _is_ours(name):
            if request.method == "POST":
                kept_forms.forget(request)
            elif kept_forms.bring_back(request):
                review.begin(kept_forms.WHY)
            else:
                messages.warning(request, "What was typed is no longer kept, or was typed by somebody else.")
        return None

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponseBase | None:
        """What would have been done at once is not: it is for the user to do."""
        if not isinstance(fault, audit.OnlyForReview):
            return None
        messages.warning(request, "You were signed out before this was done. It was not done: do it again.")
        return redirect(request.headers.get("Referer") or settings.LOGIN_REDIRECT_URL)


@require_safe
def time_left(request: HttpRequest) -> HttpResponse:
    """Seconds until this sign-in ends, for the warning. Asking is no use."""
    return JsonResponse({"seconds": seconds_left(request)})


@require_safe
def stay(request: HttpRequest) -> HttpResponse:
    """The button of the warning: a use like any other."""
    return time_left(request)


@require_POST
def end_now(request: HttpRequest) -> HttpResponse:
    """The time is up while a page is open: keep what was typed, sign out, and say where to go then.

    `kept-address` is where the form would have been sent.
    """
    address = request.POST.get("kept-address", "")
    try:
        found = resolve(address.partition("?")[0])
    except Resolver404:
        raise PermissionDenied("This form is none of ours.") from None
    typed = [(name, values) for name, values in request.POST.lists() if name != "kept-address"]
    if _is_ours(found.view_name):
        address = kept_forms.keep(request.user, address, typed)
    _sign_out(request, IDLE, is_kept=f"{kept_forms.PARAMETER}=" in address)
    return JsonResponse({"address": redirect_to_login(address).url})


def list_sessions(request: HttpRequest) -> HttpResponse:
    """Where this user is signed in, to be ended one by one."""
    sessions = UserSession.objects.purge_and_list(request.user)
    if request.method == "POST":
        chosen = next((each for each in sessions if str(each.pk) == request.POST.get("session")), None)
        if chosen and not chosen.is_current():
            end_session(request, chosen)
            messages.success(request, "That sign-in has been ended.")
        return redirect("account_sessions")
    latest_first = sorted(sessions, key=lambda each: each.created_at, reverse=True)
    rows = [(each, _used_at(each), browser_name(each.user_agent)) for each in latest_first]
    return render(request, "account/sessions.html", {"rows": rows})


def end_session(request: HttpRequest, session: UserSession) -> None:
    """End a sign-in of this user elsewhere, and log it."""
    session.end()
    changes = {"from": sign_in_log.place(request), "what": f"from {session.ip}"}
    audit.record(
        PatientAct.USER_SESSION_ENDED, by=request.user, on=session.user, patient=None, changes=changes
    )


def browser_name(user_agent: str) -> str:
    """`Chrome on Windows`, of what a browser says of itself; that itself if it is none of these."""
    browsers = (
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Windows", "Windows"),
        ("iPhone", "an iPhone"),
        ("iPad", "an iPad"),
        ("Android", "Android"),
        ("Mac OS", "a Mac"),
        ("Linux", "Linux"),
    )
    browser = next((name for sign, name in browsers if sign in user_agent), "")
    system = next((name for sign, name in systems if sign in user_agent), "")
    return f"{browser} on {system}" if browser and system else user_agent


def _now() -> float:
    return timezone.now().timestamp()


def _why_over(request: HttpRequest) -> str:
    """Why this sign-in is over; empty if it is not."""
    now, session = _now(), request.session
    if now - session.get(SIGNED_IN_AT, now) > settings.SESSION_HOURS * 3600:
        return TOO_LONG
    if now - session.get(USED_AT, now) > settings.IDLE_MINUTES * 60 + NOTED_EVERY:
        return IDLE
    return ""


def _note_use(request: HttpRequest) -> None:
    now = _now()
    request.session.setdefault(SIGNED_IN_AT, now)
    if now - request.session.get(USED_AT, 0) > NOTED_EVERY:
        request.session[USED_AT] = now


def _used_at(session: UserSession) -> datetime | None:
    at = session._session_store(session.session_key).get(USED_AT)
    return datetime.fromtimestamp(at, tz=UTC) if at else None


def _is_ours(name: str) -> bool:
    """Whether this view is one of staff pages: forms of accounts are not kept, for they hold secrets."""
    return name.startswith(("patients:", "scheduling:")) or name == "home"


def _end(request: HttpRequest, why: str, *, keeps: bool) -> HttpResponseBase | None:
    """Sign out; then to sign in and back, with what was typed."""
    user, address = request.user, request.get_full_path()
    is_form = request.method == "POST"
    if is_form and keeps:
        address = kept_forms.keep(user, address, request.POST.lists())
    _sign_out(request, why, is_kept=f"{kept_forms.PARAMETER}=" in address)
    if not is_form:
        return None
    response = redirect_to_login(address if keeps else resolve_url(settings.LOGIN_REDIRECT_URL))
    return HttpResponseClientRedirect(response.url) if request.headers.get("HX-Request") else response


def _sign_out(request: HttpRequest, why: str, *, is_kept: bool) -> None:
    sign_in_log.signed_out(request, request.user, why)
    logout(request)
    because = (
        "you have been signed in for too long"
        if why == TOO_LONG
        else f"nothing was done for {settings.IDLE_MINUTES} minutes"
    )
    kept = " What you typed was not saved, but it is kept: it comes back when you sign in." if is_kept else ""
    messages.info(request, f"You were signed out because {because}.{kept}")
