"""What the frame of every page needs: names, the navigation, and what the user may do."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from patients.access import Permission, may
from patients.shortcuts import are_on
from scheduling.pages.tasks.counts import open_tasks
from scheduling.watch.alarms import alarms

# Label, URL name, permission, the beginnings of addresses at which the item is the current one, and the key
# that opens it.
ITEMS = [
    ("Today", "home", Permission.VIEW, ("/visits/", "/readiness/"), "t"),
    ("Week board", "scheduling:show_board", Permission.VIEW, ("/board/",), "w"),
    ("Waiting list", "scheduling:list_waiting", Permission.VIEW, ("/waiting/", "/plans/"), "l"),
    ("Tasks", "scheduling:list_tasks", Permission.VIEW, ("/tasks/",), "k"),
    ("Reviews", "scheduling:list_plans", Permission.VIEW, ("/reviews/",), "r"),
    (
        "Children",
        "patients:find_patients",
        Permission.VIEW,
        ("/children/", "/courses/", "/hospital-records/"),
        "c",
    ),
    ("Messages", "scheduling:list_messages", Permission.VIEW, ("/messages/",), "m"),
    ("Unit", "scheduling:list_units", Permission.VIEW, ("/units/",), "u"),
    ("Reports", "scheduling:show_report", Permission.READ_REPORTS, ("/reports/",), ""),
    (
        "Users",
        "patients:list_users",
        Permission.MANAGE_USERS,
        ("/users/", "/retention/", "/other-systems/", "/webhooks/"),
        "",
    ),
]


@dataclass(frozen=True)
class NavigationItem:
    label: str
    url: str
    active: bool
    # A letter; empty if no key opens it.
    key: str
    # How many things are to do there; None where nothing is counted.
    count: int | None = None


def site(request: HttpRequest) -> dict[str, Any]:
    """The names in the header, the navigation, what the user may do (`can.book_courses`), and the time."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "service_name": settings.SERVICE_NAME,
        "trust_name": settings.TRUST_NAME,
        "drawn_at": timezone.now(),
        "alarms": alarms() if signed_in and may(user, Permission.VIEW) else (),
        "idle_minutes": settings.IDLE_MINUTES,
        "reads_hospital_records": bool(settings.ADT_DIR or settings.ADT_PORT),
        "oidc_name": settings.OIDC_NAME if settings.OIDC_URL else "",
        "navigation": _navigation(request) if signed_in else [],
        "shortcuts": signed_in and are_on(request),
        "can": {permission.name.lower(): may(user, permission) for permission in Permission}
        if signed_in
        else {},
    }


def _navigation(request: HttpRequest) -> list[NavigationItem]:
    to_do = sum(each.tasks for each in open_tasks(request).values())
    return [
        NavigationItem(
            label,
            url := reverse(name),
            active=request.path == url or request.path.startswith(tuple(parts)),
            key=key,
            count=to_do if name == "scheduling:list_tasks" else None,
        )
        for label, name, permission, parts, key in ITEMS
        if may(request.user, permission)
    ]
