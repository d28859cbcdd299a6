"""What can be done and logged: each act with its words, and the shape of the details that its row keeps.

The acts of an app are the members of one enum on `LoggedAct`; this app's are `PatientAct`, those of courses
and the unit are in `scheduling.acts`. An act that was ever logged keeps its name: the log is never rewritten.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum, auto, unique
from typing import Any, Self, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model


class Kind(Enum):
    """What one detail is, as JSON keeps it."""

    WORDS = auto()  # A text.
    NUMBER = auto()  # A whole number.
    DAY = auto()  # An ISO date.
    MOMENT = auto()  # An ISO date and time.
    NAMES = auto()  # A list of texts.
    DAYS = auto()  # A list of texts that hold commas themselves.
    RANGES = auto()  # A list of first and last day, each an ISO date.
    ROW = auto()  # The key of a row.


@dataclass(frozen=True)
class Detail:
    """One thing that the row of an act keeps: a fact, or with `changes` a list of before and after.

    label: what the page of the log calls it. labels: words for codes. model: of a ROW, `app.Model`.
    nothing: what None is called.
    """

    label: str
    kind: Kind = Kind.WORDS
    changes: bool = False
    optional: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    model: str = ""
    nothing: str = "nothing"


class Fields(Enum):
    """Which fields of the row itself the details keep too, each as a list of before and after."""

    NONE = auto()
    ADDED = auto()  # The fields of a new row: before is None.
    CHANGED = auto()
    REMOVED = auto()  # The fields of a deleted row: after is None.


class LoggedAct(StrEnum):
    """An act, as the log stores it: `noun.verb_in_the_past`.

    says: what is done, for a colleague whose page is out of date; `{who}` stands for the actor.
    was: what was done, for the pages of the record. A part in square brackets is used only for a row that
    has the details named in it: `Moved[ from {days.before} to {days.after}][ ({reason})]`. `{reason!l}` is in
    small letters, `{fields}` are all fields of the row that the act changed.
    details: by name.
    """

    says: str
    was: str
    details: Mapping[str, Detail]
    fields: Fields

    def __new__(
        cls,
        name: str,
        says: str,
        was: str,
        details: Mapping[str, Detail] | None = None,
        fields: Fields = Fields.NONE,
    ) -> Self:
        act = str.__new__(cls, name)
        act._value_ = name
        act.says, act.was, act.details, act.fields = says, was, details or {}, fields
        return act

    def check(self, model: type[Model], changes: Mapping[str, Any]) -> None:
        """Raise ValueError unless `changes`, as JSON keeps them, have the shape of this act on such a row."""
        for name, detail in self.details.items():
            if name not in changes:
                if not detail.optional:
                    raise ValueError(f"{self}: “{name}” is missing")
            elif not _fits(detail, changes[name]):
                raise ValueError(
                    f"{self}: “{name}” is not {detail.kind.name}: {type(changes[name]).__name__}"
                )
        for name in changes.keys() - self.details.keys():
            if not (_is_field(model, name) and _is_pair(self.fields, changes[name])):
                raise ValueError(f"{self}: “{name}” is no detail of this act")


def _is_field(model: type[Model], name: str) -> bool:
    try:
        return bool(model._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False


def _is_pair(fields: Fields, value: Any) -> bool:
    if fields == Fields.NONE or not isinstance(value, list) or len(value) != 2:
        return False
    before, after = value
    return not (
        (fields == Fields.ADDED and before is not None) or (fields == Fields.REMOVED and after is not None)
    )


def _fits(detail: Detail, value: Any) -> bool:
    fits = FITS[detail.kind]
    if not detail.changes:
        return fits(value)
    return isinstance(value, list) and len(value) == 2 and all(each is None or fits(each) for each in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _is_read_by(read: Callable[[str], object]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        try:
            return isinstance(value, str) and bool(read(value))
        except ValueError:
            return False

    return fits


_is_day = _is_read_by(date.fromisoformat)

FITS: Mapping[Kind, Callable[[Any], bool]] = {
    Kind.WORDS: _is_text,
    Kind.NUMBER: _is_number,
    Kind.DAY: _is_day,
    Kind.MOMENT: _is_read_by(datetime.fromisoformat),
    Kind.NAMES: _is_list_of(_is_text),
    Kind.DAYS: _is_list_of(_is_text),
    Kind.RANGES: _is_list_of(lambda value: _is_list_of(_is_day)(value) and len(value) == 2),
    Kind.ROW: _is_number,
}

Acts = TypeVar("Acts", bound=LoggedAct)
_known: dict[str, LoggedAct] = {}


def register(acts: type[Acts]) -> type[Acts]:
    """Let the log know the acts of an app. Raises ValueError if another app has one of that name."""
    for act in acts:
        if _known.setdefault(act, act) is not act:
            raise ValueError(f"{act} is an act of two apps")
    return acts


def known_acts() -> Mapping[str, LoggedAct]:
    """Every act of every app, by its name in the log."""
    return _known


def act_on_row(model: type[Model], verb: str) -> LoggedAct:
    """The act of saving or removing a row. verb: added, changed or removed.

    Raises ValueError if no act says so: rows of this model are not saved with their log.
    """
    name = f"{model._meta.model_name}.{verb}"
    if name not in _known:
        raise ValueError(f"{name} is no act: add it to the acts of its app")
    return _known[name]


@register
@unique
class PatientAct(LoggedAct):
    """What is done about children, the people around them, and staff."""

    PATIENT_ADDED = "patient.added", "{who} added this child", "Added", {}, Fields.ADDED
    PATIENT_CHANGED = (
        "patient.changed",
        "{who} changed this child",
        "Changed[ ({fields})][, from {source}]",
        {"source": Detail("From", optional=True)},
        Fields.CHANGED,
    )
    PATIENT_NUMBER_KEPT = (
        "patient.number_kept",
        "{who} noted another number of this child",
        "Another number of this child noted[: {number}][, from {source}]",
        {"number": Detail("Number"), "source": Detail("From")},
    )
    PATIENT_REMOVED = "patient.removed", "{who} removed this child", "Removed", {}, Fields.REMOVED
    PATIENT_MERGED = (
        "patient.merged",
        "{who} merged another record into this one",
        "Another record merged into this one[: {number}]",
        {"number": Detail("Hospital number it had"), "rows": Detail("What followed", Kind.NUMBER)},
    )
    PATIENT_MERGED_INTO = (
        "patient.merged_into",
        "{who} merged this record into another",
        "Merged into another record[: {into}]",
        {"into": Detail("Into")},
    )
    PATIENT_UNMERGED = (
        "patient.unmerged",
        "{who} undid the merge of this record",
        "Merge undone[: {from} is a record of its own again]",
        {"from": Detail("Parted from")},
    )
    PATIENT_OPENED_WITH_REASON = (
        "patient.opened_with_reason",
        "{who} opened this sensitive record",
        "Sensitive record opened[ ({reason})]",
        {"reason": Detail("Reason"), "from": Detail("From")},
    )
    PATIENT_ERASED = (
        "patient.erased",
        "{who} erased this child",
        "Record erased[: {why!l}][ ({reason})]",
        {
            "why": Detail("Why"),
            "reason": Detail("Reason"),
            "courses": Detail("Courses", Kind.NUMBER),
            "visits": Detail("Visits", Kind.NUMBER),
            "messages": Detail("Messages", Kind.NUMBER),
            "rows": Detail("Rows of this log that lose their details", Kind.NUMBER),
            "digest": Detail("Digest of these rows"),
        },
    )
    PATIENT_LOG_ERASED = (
        "patient.log_erased",
        "{who} took this child’s details out of the log",
        "Details taken out of the log",
        {"rows": Detail("Rows", Kind.NUMBER)},
    )
    LEGALHOLD_ADDED = (
        "legalhold.added",
        "{who} put this record on legal hold",
        "Put on legal hold",
        {},
        Fields.ADDED,
    )
    LEGALHOLD_CHANGED = (
        "legalhold.changed",
        "{who} lifted the legal hold on this record",
        "Legal hold lifted[ ({fields})]",
        {},
        Fields.CHANGED,
    )
    CONTACT_ADDED = "contact.added", "{who} added this contact", "Added", {}, Fields.ADDED
    CONTACT_CHANGED = (
        "contact.changed",
        "{who} changed this contact",
        "Changed[ ({fields})]",
        {},
        Fields.CHANGED,
    )
    CONTACT_REMOVED = "contact.removed", "{who} removed this contact", "Removed", {}, Fields.REMOVED
    USER_ADDED = (
        "user.added",
        "{who} added this user",
        "Added",
        {"roles": Detail("Roles", Kind.NAMES, optional=True)},
        Fields.ADDED,
    )
    USER_CHANGED = "user.changed", "{who} changed this user", "Changed", {}, Fields.CHANGED
    USER_ROLES_CHANGED = (
        "user.roles_changed",
        "{who} changed the roles of this user",
        "Roles changed",
        {"roles": Detail("Roles", Kind.NAMES, changes=True)},
    )
    USER_PASSWORD_CHANGED = "user.password_changed", "{who} changed the password", "Password changed"
    USER_PASSWORD_RESET = "user.password_reset", "{who} chose a new password by mail", "New password by mail"
    USER_SIGNED_IN = (
        "user.signed_in",
        "{who} signed in",
        "Signed in[ from {from}][, {how}]",
        {"from": Detail("From"), "how": Detail("How")},
    )
    USER_SIGN_IN_FAILED = (
        "user.sign_in_failed",
        "This user could not sign in",
        "Sign-in failed[ from {from}][: {why}]",
        {"from": Detail("From"), "why": Detail("Why")},
    )
    USER_SIGNED_OUT = (
        "user.signed_out",
        "{who} signed out",
        "Signed out[ from {from}][: {why}]",
        {"from": Detail("From"), "why": Detail("Why")},
    )
    USER_SESSION_ENDED = (
        "user.session_ended",
        "{who} ended a sign-in elsewhere",
        "Sign-in elsewhere ended[ ({what})]",
        {"from": Detail("From"), "what": Detail("Which")},
    )
    USER_SECOND_STEP_ADDED = (
        "user.second_step_added",
        "{who} set up a second step",
        "Second step set up[ ({what})]",
        {"from": Detail("From"), "what": Detail("What")},
    )
    USER_SECOND_STEP_REMOVED = (
        "user.second_step_removed",
        "{who} removed a second step",
        "Second step removed[ ({what})]",
        {"from": Detail("From"), "what": Detail("What")},
    )
    USER_LIST_EXPORTED = (
        "user.list_exported",
        "{who} took a list away as a file",
        "List taken away as a file[: {list}][ ({filter})]",
        {"list": Detail("List"), "filter": Detail("Filter")},
    )
    USER_PAGE_REFUSED = (
        "user.page_refused",
        "{who} was refused a page",
        "Refused a page[ ({page})]",
        {"from": Detail("From"), "page": Detail("Page"), "why": Detail("Why")},
    )
