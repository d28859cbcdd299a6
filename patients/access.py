"""Who may do what: roles, permissions, and the one table that grants them.

A view names its permission with `@requires(...)`; `tests/test_access.py` walks every address with every role
and compares what happens with `GRANTS`.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST

View = Callable[..., HttpResponseBase]

# What a page answers that has a form; 405 to all else.
with_a_form = require_http_methods(["GET", "HEAD", "POST"])


class Role(StrEnum):
    """The name of a Django group; a user may be in several."""

    COORDINATOR = "coordinator"
    NURSE = "nurse"
    LEAD = "lead"
    READ_ONLY = "read-only"


class Permission(StrEnum):
    """One thing a person may do. The text completes «may …» on the page that says they may not."""

    VIEW = "look at children, courses and the unit"
    EDIT_PATIENTS = "add and change children and contacts"
    AGREE_COURSES = "record that a course has been agreed"
    BOOK_COURSES = "book, move and cancel courses"
    PLAN_COURSES = "plan days for the whole waiting list"
    OVERRIDE_RULES = "let a course break a rule, with a reason"
    RECORD_VISITS = "record who came and what happened"
    RECORD_CARE = "record the drip and how it went"
    CHECK_AS_NURSE = "tick what only a nurse may tick"
    RECORD_REVIEWS = "record reviews and what was decided"
    DO_TASKS = "take and finish tasks"
    CHANGE_DAYS = "close the unit on some days, change their nurses or block a chair"
    SET_UP_UNIT = "set up the unit"
    TRY_WHAT_IF = "try what a chair, a nurse or a day more would bring"
    READ_REPORTS = "read the reports"
    EXPORT_LISTS = "take lists and reports away as files"
    MOVE_IN = "bring in children and courses from a spreadsheet"
    MERGE_RECORDS = "make two records of one child one"
    READ_LOG = "read who looked at what and who wrote what"
    MANAGE_USERS = "add and change users"
    CONNECT_SYSTEMS = "connect other systems"
    KEEP_RECORDS = "say which records are kept, and erase them"


GRANTS: dict[Role, frozenset[Permission]] = {
    Role.COORDINATOR: frozenset(
        {
            Permission.VIEW,
            Permission.EDIT_PATIENTS,
            Permission.AGREE_COURSES,
            Permission.BOOK_COURSES,
            Permission.PLAN_COURSES,
            Permission.OVERRIDE_RULES,
            Permission.RECORD_VISITS,
            Permission.DO_TASKS,
            Permission.CHANGE_DAYS,
            Permission.READ_REPORTS,
            Permission.EXPORT_LISTS,
            Permission.MOVE_IN,
            Permission.MERGE_RECORDS,
        }
    ),
    Role.NURSE: frozenset(
        {
            Permission.VIEW,
            Permission.EDIT_PATIENTS,
            Permission.AGREE_COURSES,
            Permission.RECORD_VISITS,
            Permission.RECORD_CARE,
            Permission.CHECK_AS_NURSE,
            Permission.RECORD_REVIEWS,
            Permission.DO_TASKS,
        }
    ),
    Role.LEAD: frozenset(Permission),
    Role.READ_ONLY: frozenset({Permission.VIEW}),
}


def permissions_of(user: Any) -> frozenset[Permission]:
    """Everything the user's roles grant; nothing for someone signed out."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    return frozenset().union(*(GRANTS[role] for role in user.roles))


def may(user: Any, permission: Permission) -> bool:
    return permission in permissions_of(user)


def roles_with(permission: Permission) -> list[Role]:
    """The roles that grant it."""
    return [role for role in Role if permission in GRANTS[role]]


def requires(permission: Permission, *, only_forms: bool = False) -> Callable[[View], View]:
    """Give a view its permission: 403 without it. Signed-out visitors never come this far (sign-in first).

    A page without a form takes none: it has `require_safe` above this. only_forms: this is no page, but takes
    what a form on another page sends; whoever has to sign in first is led to that page.
    """

    def decorate(view: View) -> View:
        view = require_POST(view) if only_forms else with_a_form(view)

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user, permission):
                raise PermissionDenied(f"Your role does not let you {permission}.")
            return view(request, *args, **kwargs)

        checked.permission = permission  # type: ignore[attr-defined]
        checked.only_forms = only_forms  # type: ignore[attr-defined]
        return checked

    return decorate
