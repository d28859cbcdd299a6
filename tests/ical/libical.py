"""libical, the reader of Evolution and KOrganizer, called as the C library it is (Debian: libical3)."""

from ctypes import CDLL, Structure, c_char_p, c_int, c_long, c_uint, c_void_p
from ctypes.util import find_library
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.ical.calendars import Entry, in_utc, ringing


class _Time(Structure):
    """struct icaltimetype of libical 3."""

    _fields_ = [
        *((name, c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        *((name, c_int) for name in ("is_date", "is_daylight")),
        ("zone", c_void_p),
    ]


class _Duration(Structure):
    """struct icaldurationtype of libical 3."""

    _fields_ = [
        ("is_neg", c_int),
        *((name, c_uint) for name in ("days", "weeks", "hours", "minutes", "seconds")),
    ]


SIGNATURES = {
    "icalparser_parse_string": (c_void_p, [c_char_p]),
    "icalcomponent_free": (None, [c_void_p]),
    "icalcomponent_count_errors": (c_int, [c_void_p]),
    "icalcomponent_string_to_kind": (c_int, [c_char_p]),
    "icalcomponent_count_components": (c_int, [c_void_p, c_int]),
    "icalcomponent_get_first_component": (c_void_p, [c_void_p, c_int]),
    "icalproperty_string_to_kind": (c_int, [c_char_p]),
    "icalcomponent_get_first_property": (c_void_p, [c_void_p, c_int]),
    "icalproperty_get_value_as_string": (c_char_p, [c_void_p]),
    "icalcomponent_get_uid": (c_char_p, [c_void_p]),
    "icalcomponent_get_summary": (c_char_p, [c_void_p]),
    "icalcomponent_get_sequence": (c_int, [c_void_p]),
    "icalcomponent_get_dtstamp": (_Time, [c_void_p]),
    "icalcomponent_get_dtstart": (_Time, [c_void_p]),
    "icalcomponent_get_dtend": (_Time, [c_void_p]),
    "icalcomponent_get_next_component": (c_void_p, [c_void_p, c_int]),
    "icaldurationtype_from_string": (_Duration, [c_char_p]),
    "icaldurationtype_as_int": (c_int, [_Duration]),
    "icaltime_as_timet_with_zone": (c_long, [_Time, c_void_p]),
}


def libical_path() -> str | None:
    return find_library("ical")


@cache
def _library() -> CDLL:
    library = CDLL(libical_path())
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def read_by_libical(calendar: str) -> Entry:
    """Times by the VTIMEZONE of the calendar, as libical works it out."""
    lib = _library()
    whole = lib.icalparser_parse_string(calendar.encode())
    try:
        assert lib.icalcomponent_count_errors(whole) == 0
        kind = lib.icalcomponent_string_to_kind(b"VEVENT")
        assert lib.icalcomponent_count_components(whole, kind) == 1
        event = lib.icalcomponent_get_first_component(whole, kind)
        return Entry(
            method=_text(whole, b"METHOD"),
            uid=lib.icalcomponent_get_uid(event).decode(),
            sequence=lib.icalcomponent_get_sequence(event),
            stamp=_moment(lib.icalcomponent_get_dtstamp(event)),
            status=_text(event, b"STATUS"),
            starts=_moment(lib.icalcomponent_get_dtstart(event)),
            ends=_moment(lib.icalcomponent_get_dtend(event)),
            summary=lib.icalcomponent_get_summary(event).decode(),
            rings=_rings(event),
        )
    finally:
        lib.icalcomponent_free(whole)


def _text(component: int, name: bytes) -> str:
    lib = _library()
    found = lib.icalcomponent_get_first_property(component, lib.icalproperty_string_to_kind(name))
    return lib.icalproperty_get_value_as_string(found).decode()


def _rings(event: int) -> str:
    """When its alarms go off, their triggers worked out by libical."""
    lib = _library()
    starts = datetime.fromisoformat(_moment(lib.icalcomponent_get_dtstart(event)))
    kind = lib.icalcomponent_string_to_kind(b"VALARM")
    alarm, moments = lib.icalcomponent_get_first_component(event, kind), []
    while alarm:
        trigger = lib.icaldurationtype_from_string(_text(alarm, b"TRIGGER").encode())
        moments.append(starts + timedelta(seconds=lib.icaldurationtype_as_int(trigger)))
        alarm = lib.icalcomponent_get_next_component(event, kind)
    return ringing(moments)


def _moment(time: _Time) -> str:
    """A time without a zone would be floating, which is no moment at all."""
    assert time.zone and not time.is_date
    seconds = _library().icaltime_as_timet_with_zone(time, time.zone)
    return in_utc(datetime.fromtimestamp(seconds, UTC))
