"""Searching and reading: from what was asked for to a Bundle, or one resource.

A page begins after the key at which the one before it ended. So a row that comes or goes meanwhile neither
shifts the pages nor lets a row that stays be left out or come twice.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from urllib.parse import urlencode

from django.db.models import QuerySet

from patients.models import Merge
from scheduling.fhir.finished import finished, instant
from scheduling.fhir.kinds import KINDS, Kind, condition_on
from scheduling.fhir.outcomes import Problem, not_found, wrong
from scheduling.fhir.people import Resource
from scheduling.fhir.places import free_pairs
from scheduling.fhir.search_values import KEY, any_of, parts, period
from scheduling.fhir.sight import Sight

USUAL_COUNT, MOST = 50, 100
# In all parameters of a search: SQLite takes no condition that is nested a thousand deep.
MOST_VALUES = 100
AFTER = "_after"
SLOT_PARAMS = ("_id", "schedule", "start", "status")
SLOT_ID = re.compile(r"(?P<unit>[1-9]\d{0,17})-(?P<day>\d{8})-(?P<number>[12])")
RESOURCES = (*KINDS, "Slot")


@dataclass(frozen=True)
class Found:
    """What goes back, and the keys of the children it is about."""

    resource: Resource
    children: list[int] = field(default_factory=list)


@dataclass
class Asked:
    """A search as it was understood: what is about rows, how many, from where; and it all for the links."""

    criteria: list[tuple[str, str]] = field(default_factory=list)
    count: int = USUAL_COUNT
    after: str = ""
    only_count: bool = False
    understood: list[tuple[str, str]] = field(default_factory=list)


def search(
    sight: Sight,
    name: str,
    parameters: Iterable[tuple[str, str]],
    *,
    strict: bool,
    base: str,
    now: datetime,
) -> Found:
    """A page of what a system sees of one resource.

    parameters: pairs of name and value. base: without a slash at its end.

    Raises Problem for a value that is none, for too many, for a modifier, and if strict for a parameter that
    there is not.
    """
    asked = _understood(name, parameters, strict)
    if name == "Slot":
        return _slots(sight, asked, base, now)
    kind = KINDS[name]
    rows = kind.rows(sight)
    for parameter, value in asked.criteria:
        rows = rows.filter(any_of(condition_on(kind, parameter), value))
    total = rows.count()
    if asked.only_count:
        return Found(_bundle(name, asked, [], base, now, total=total), _counted(kind, rows, total))
    here = rows
    if asked.after:
        if not KEY.fullmatch(asked.after):
            raise wrong("This is no address that a search has given for its next page.")
        here = rows.filter(pk__gt=int(asked.after))
    page = list(kind.prepared(here.order_by("pk"))[: asked.count + 1])
    more, page = len(page) > asked.count, page[: asked.count]
    drawn = list(_drawn(kind, page))
    next_after = str(page[-1].pk) if more else ""
    children = [child for row in page if (child := kind.about(row))]
    if not page or (asked.criteria and len(page) < total <= MOST):
        children = _counted(kind, rows, total)
    return Found(_bundle(name, asked, drawn, base, now, total=total, next_after=next_after), children)


def read(sight: Sight, name: str, key: str, now: datetime) -> Found:
    """One resource. Raises Problem: 404, or 410 for a child’s record that was merged into one in sight."""
    if name == "Slot":
        return _slot(sight, key, now)
    kind = KINDS[name]
    row = None
    if KEY.fullmatch(key):
        row = kind.prepared(kind.rows(sight)).filter(pk=int(key)).first()
        if row is None and name == "Patient":
            _gone(sight, int(key))
    if row is None:
        raise not_found(f"{name} {key[:40]}")
    child = kind.about(row)
    return Found(next(_drawn(kind, [row])), [child] if child else [])


def _understood(name: str, parameters: Iterable[tuple[str, str]], strict: bool) -> Asked:
    asked = Asked()
    for parameter, value in parameters:
        bare, colon, modifier = parameter.partition(":")
        known = bare in SLOT_PARAMS if name == "Slot" else condition_on(KINDS[name], bare)
        if known and colon:
            raise Problem(
                HTTPStatus.BAD_REQUEST, "not-supported", f"The modifier “:{modifier[:40]}” is not supported."
            )
        if not value:
            continue
        if "\0" in value:
            raise wrong(f"The value of {parameter[:40]} has a character in it that no text has.")
        if known:
            asked.criteria.append((parameter, value))
        elif parameter == "_count":
            asked.count = _count_of(value)
            value = str(asked.count)
        elif parameter == AFTER:
            asked.after = value
            continue
        elif parameter == "_summary" and value in ("count", "false"):
            asked.only_count = value == "count"
        elif parameter != "_format":
            if strict:
                says = f"{name} has no parameter “{parameter[:40]}” here, or not with this value."
                raise Problem(HTTPStatus.BAD_REQUEST, "not-supported", says)
            continue
        asked.understood.append((parameter, value))
    if sum(1 + value.count(",") for _, value in asked.criteria) > MOST_VALUES:
        raise wrong(f"There are too many values. Ask for up to {MOST_VALUES} in one search.")
    if asked.count == 0:
        asked.only_count = True
    return asked


def _count_of(value: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value):
        raise wrong("_count is a whole number, like 50.")
    return min(int(value), MOST)


def _counted(kind: Kind, rows: QuerySet, total: int) -> list[int]:
    """The children that a number of rows gives away, though the rows are not shown: of the first `MOST`."""
    if not total or not kind.child:
        return []
    return list(rows.order_by(kind.child).values_list(kind.child, flat=True).distinct()[:MOST])


def _drawn(kind: Kind, rows: Sequence) -> Iterator[Resource]:
    changed = kind.changes.last(rows) if rows else {}
    return (finished(kind.draw(row), changed.get(row.pk)) for row in rows)


def _bundle(
    name: str,
    asked: Asked,
    resources: Sequence[Resource],
    base: str,
    now: datetime,
    *,
    total: int | None = None,
    next_after: str = "",
) -> Resource:
    here = [*asked.understood, *([(AFTER, asked.after)] if asked.after else [])]
    links = [("self", here)]
    if next_after:
        links.append(("next", [*asked.understood, (AFTER, next_after)]))
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "timestamp": instant(now)}
    if total is not None:
        bundle["total"] = total
    bundle["link"] = [
        {"relation": relation, "url": f"{base}/{name}{'?' if pairs else ''}{urlencode(pairs)}"}
        for relation, pairs in links
    ]
    if resources:
        bundle["entry"] = [
            {
                "fullUrl": f"{base}/{name}/{resource['id']}",
                "resource": resource,
                "search": {"mode": "match"},
            }
            for resource in resources
        ]
    return bundle


def _gone(sight: Sight, key: int) -> None:
    """Raise Problem if this child’s record was merged into another.

    One that was erased is as if it had never been: nobody can say any more who might have seen it.
    """
    merge = Merge.objects.filter(gone_id=key, undone_at__isnull=True).first()
    if merge and sight.patients().filter(pk=merge.kept_id).exists():
        says = f"Patient {key} was merged into Patient {merge.kept_id}, which stands for both."
        raise Problem(HTTPStatus.GONE, "deleted", says)


def _slots(sight: Sight, asked: Asked, base: str, now: datetime) -> Found:
    """Free days are worked out as far as the page needs them, so nobody knows how many there are in all."""
    found: Iterator[Resource] = (
        slot
        for unit in sight.own_units().order_by("pk")
        if _may_be_in(asked, unit.pk)
        for pair in free_pairs(unit, "", now)
        for slot in pair
        if _fits(asked, slot)
    )
    if asked.only_count:
        return Found(_bundle("Slot", asked, [], base, now, total=sum(1 for _ in found)))
    after = _place(asked.after) if asked.after else (0, "", "")
    page = list(islice((slot for slot in found if _place(slot["id"]) > after), asked.count + 1))
    more, page = len(page) > asked.count, page[: asked.count]
    drawn = [finished(slot, None) for slot in page]
    return Found(_bundle("Slot", asked, drawn, base, now, next_after=page[-1]["id"] if more else ""))


def _slot(sight: Sight, key: str, now: datetime) -> Found:
    match = SLOT_ID.fullmatch(key)
    unit = sight.own_units().filter(pk=int(match["unit"])).first() if match else None
    if match and unit:
        for pair in free_pairs(unit, match["day"], now):
            return Found(finished(pair[int(match["number"]) - 1], None))
    raise not_found(f"free day {key[:40]}")


def _place(key: str) -> tuple[int, str, str]:
    """Where a slot stands among all. Raises Problem for what is no id of one."""
    match = SLOT_ID.fullmatch(key)
    if match is None:
        raise wrong("This is no address that a search has given for its next page.")
    return int(match["unit"]), match["day"], match["number"]


def _may_be_in(asked: Asked, unit: int) -> bool:
    """Whether slots of this unit may be among what is asked for, before its days are worked out."""
    return all(
        any(value.rpartition("/")[2] == str(unit) for value in parts(values))
        for name, values in asked.criteria
        if name == "schedule"
    )


def _fits(asked: Asked, slot: Resource) -> bool:
    start = datetime.fromisoformat(slot["start"])
    for name, values in asked.criteria:
        match name:
            case "_id":
                fits = slot["id"] in parts(values)
            case "status":
                fits = any(value.rpartition("|")[2] == slot["status"] for value in parts(values))
            case "start":
                fits = any(period(value).holds(start) for value in parts(values))
            case _:
                fits = True
        if not fits:
            return False
    return True
