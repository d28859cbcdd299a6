"""Whatever is sent to whatever address: no request breaks the app, and a page answers only what it has."""

from collections.abc import Iterator
from functools import cache
from urllib.parse import urlencode

import pytest
from django.core.cache import cache as counts
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from crmo_clinic.nhsuk.forms import NhsForm
from crmo_clinic.nhsuk.widgets import DateInput
from scheduling.models import FamilyLink
from scheduling.telling.family_links import feed_token, page_token
from tests.addresses import ALLAUTH, FAMILY, address, key_of, ours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_of_each")]

# What addresses carry beside the fields of forms.
IN_ADDRESSES = [
    "page",
    "show",
    "day",
    "unit",
    "only",
    "than",
    "for",
    "start",
    "at",
    "because",
    "then",
    "seen",
    "status",
    "what",
    "item",
    "answer",
    "language",
    "list",
    "decision",
    "review",
    "version",
    "nurses",
    "contact",
    "way",
    "text",
    "back",
    "missing",
    "now",
    "confirmed",
    "kind",
    "owner",
    "done",
    "clear",
    "hold",
    "change",
    "pain",
    "effects",
    "impossible_weekdays",
    "remove",
    "course",
    "search",
    "sort",
    "month",
]
ODD = ("\x00\ud7ff", "9" * 40, "unwell", "-1")
RAW = "%ff=%ff&day=%00&unit&only=%ff&for&&==&;=&show=%00&than=2027-99-99&page=%c2%b2"
FORM = "application/x-www-form-urlencoded"
UNREADABLE = [
    (f"{FORM}; charset=utf-16", b"day=2027-01-12&text=a"),
    (f"{FORM}; charset=hex", b"day=2027-01-12"),
    (f"{FORM}; charset=nonsense", b"day=%ff%fe&%ff=%00"),
    ("multipart/form-data", b"nothing"),
    ("multipart/form-data; boundary=", b"nothing"),
    ("multipart/form-data; boundary=x; charset=utf-16",
     b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n"
     b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--x--"),
    (FORM, b"&".join(b"a%d=1" % n for n in range(1100))),
]  # fmt: skip


@pytest.fixture
def things(db, one_of_each):
    return dict(one_of_each)


@pytest.fixture
def addresses(things):
    """Every address of the app, of staff and of families, by the name of its view."""
    counts.clear()
    link = FamilyLink.objects.get(pk=things["link"])
    families = _of_families(page_token(link), feed_token(link))
    return {name: address(name, things) for name, _ in ours()} | dict(families) | dict(_accounts())


@pytest.fixture
def visitor(lead):
    client = Client(raise_request_exception=False)
    client.force_login(lead)
    return client


def _of_families(token: str, feed: str) -> Iterator[tuple[str, str]]:
    more = {"show_sent": {"what": "answer"}, "download_day": {"number": 1}}
    for name in ("show_page", "answer_days", "ask_change", "say_unwell", "give_dates", "check_in"):
        yield FAMILY + name, reverse(FAMILY + name, args=[token])
    yield FAMILY + "show_calendar", reverse(FAMILY + "show_calendar", args=[token])
    yield FAMILY + "show_feed", reverse(FAMILY + "show_feed", args=[feed])
    for name, extra in more.items():
        yield FAMILY + name, reverse(FAMILY + name, kwargs={"token": token} | extra)
    yield FAMILY + "show_words", reverse(FAMILY + "show_words")


def _accounts() -> Iterator[tuple[str, str]]:
    for entry in get_resolver().url_patterns:
        for page in getattr(entry, "url_patterns", ()):
            if isinstance(page, URLPattern) and (page.name or "").startswith(ALLAUTH):
                args = ["1", "a-b"] if "from_key" in page.name and "done" not in page.name else []
                args += ["1"] if page.name in ("mfa_remove_webauthn", "mfa_edit_webauthn") else []
                args += ["trust"] if page.name.startswith("openid_connect") else []
                yield page.name, reverse(page.name, args=args)


@cache
def field_names() -> frozenset[str]:
    """What the fields of all forms are called, with the parts of dates."""
    found, dates, kinds = set(IN_ADDRESSES), set(IN_ADDRESSES), [NhsForm]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        for name, field in getattr(kind, "base_fields", {}).items():
            found.add(name)
            if isinstance(field.widget, DateInput):
                dates.add(name)
    return frozenset(found | {f"{name}_{part}" for name in dates for part in ("day", "month", "year")})


@cache
def odd(turn: int, *, posted: bool) -> str:
    """Each name with an odd value, given twice, as browsers write it; at each turn of four another value.

    A part for each value, the test client's own way to post, takes far longer.
    """
    names = enumerate(sorted(field_names() if posted else IN_ADDRESSES))
    return urlencode({name: [ODD[(place + turn) % len(ODD)]] * 2 for place, name in names}, doseq=True)


def broken(client, answers) -> list[str]:
    """Which of these requests, by their name, end in a fault; nothing that they write stays."""
    found = []
    for name, ask in answers:
        point = transaction.savepoint()
        response = ask(client)
        transaction.savepoint_rollback(point)
        if response.status_code >= 500:
            found.append(f"{name}: {getattr(response, 'exc_info', [''])[1]!r}")
    return found


def test_no_empty_value_breaks_a_page(visitor, addresses):
    said, few = (urlencode(dict.fromkeys(names, "")) for names in (field_names(), IN_ADDRESSES))
    # Among what is posted is to sign out, so what is asked for comes first.
    pages = [
        (f"GET {name}", lambda client, at=at: client.get(f"{at}?{few}")) for name, at in addresses.items()
    ]
    pages += [
        (f"POST {name}", lambda client, at=at: client.post(at, said, FORM)) for name, at in addresses.items()
    ]
    assert broken(visitor, pages) == []


def test_no_odd_value_breaks_a_page(visitor, addresses, settings):
    """Unknown, huge, negative, of characters that no text has; each given twice, and at each page another."""
    # Above the limit of what a form may have, no view would see any of them.
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
    read = visitor.post(addresses["scheduling:set_staff"], odd(0, posted=True), FORM)
    assert (read.status_code, list(read.context["form"].errors)) == (200, ["staff"])
    pages = []
    for number, (name, at) in enumerate(addresses.items()):
        said, few = (odd(number % len(ODD), posted=posted) for posted in (True, False))
        pages.append((f"POST {name}", lambda client, at=at, said=said: client.post(at, said, FORM)))
        pages.append((f"GET {name}", lambda client, at=at, few=few: client.get(f"{at}?{few}")))
    assert broken(visitor, pages) == []


def test_one_wrong_value_beside_right_ones_breaks_no_review(visitor, things):
    at = address("scheduling:add_review", things)
    right = {"on_day": "1", "on_month": "1", "on_year": "2026", "source": "clinic", "pain": "3"}
    wrong = [{"active": value} for value in ("", "-", "elbow", "a-b-c", "elbow-left-right", "\x00-left")]
    pages = [(str(each), lambda client, each=each: client.post(at, right | each)) for each in wrong]
    assert broken(visitor, pages) == []


def test_no_bytes_in_an_address_break_a_page(visitor, addresses):
    asked = [(name, lambda client, at=at: client.get(f"{at}?{RAW}")) for name, at in addresses.items()]
    assert broken(visitor, asked) == []


@pytest.mark.parametrize(("kind", "body"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_as_a_form_is_refused_everywhere(lead, addresses, kind, body):
    some = [*list(addresses.items())[::9], ("unknown", "/no-such-page/"), ("unknown family", "/family/x/")]
    asked = [(name, lambda client, at=at: client.generic("POST", at, body, kind)) for name, at in some]
    for enforced in (True, False):
        client = Client(raise_request_exception=False, enforce_csrf_checks=enforced)
        assert broken(client, asked) == []
        client.force_login(lead)
        assert broken(client, asked) == []


def test_a_form_in_another_charset_is_told_so_in_words(visitor, addresses):
    kind, body = UNREADABLE[0]
    refused = visitor.post(addresses["patients:add_patient"], body, content_type=kind)
    assert refused.status_code == 400
    assert "The request could not be read" in refused.content.decode()


@pytest.mark.parametrize("key", [2**31, 10**30])
def test_a_key_that_no_row_has_is_not_found(visitor, things, key):
    keys = dict.fromkeys(things, key)
    named = [(name, address(name, keys)) for name, _ in ours() if key_of(name)]
    found = {method(at).status_code for method in (visitor.get, visitor.post) for _, at in named}
    assert found <= {404, 405}


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "FROB"])
def test_a_method_that_no_page_has_is_refused_with_those_it_has(visitor, addresses, method):
    wrong = {}
    for name, at in addresses.items():
        answer = visitor.generic(method, at)
        if answer.status_code != 405 or answer["Allow"] not in ("GET, HEAD", "GET, HEAD, POST", "POST"):
            wrong[name] = answer.status_code
    assert wrong == {}


def test_a_page_without_a_form_takes_none(visitor, addresses):
    for name in ("show_course", "find_slot", "show_board", "list_tasks", "show_visit", "show_unit"):
        answer = visitor.post(addresses[f"scheduling:{name}"])
        assert (answer.status_code, answer.headers.get("Allow")) == (405, "GET, HEAD"), name
    for name in ("home", "family:show_page", "family:show_words", "family:show_feed"):
        answer = visitor.post(addresses[name] if name in addresses else reverse(name))
        assert answer.status_code == 405, name
