"""Asks every address as every role for whatever comes to mind: `python -m tests.fuzz --requests 10000`.

On demo data of its own, and on PostgreSQL behind `python -m tests.with_postgres`. Half of what is sent are
forms that pages really have, filled in by chance, so that acts are reached and not only refusals. What is
written stays, so later requests meet a clinic that others have stirred. No answer may be a 500, and at the
end the doctor has to find nothing. Equal seeds ask the same of the same data.
"""

import argparse
import logging
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")
    django.setup()

from django.conf import settings
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from patients.access import Role
from patients.acts import PatientAct
from patients.models import AuditEvent, Contact, Patient, User
from scheduling import models
from scheduling.doctor.breaches import find_breaches
from scheduling.models import FamilyLink, LeafletPage
from scheduling.telling.family_links import feed_token, page_token
from tests import clock
from tests.addresses import KEYS
from tests.processes import EMPTY, ROOT, SECONDS_TO_FILL, database_of_its_own, environment, python

FORM = "application/x-www-form-urlencoded"
# What the last word of a view's name, or KEYS, calls a row.
ROWS: dict[str, type[Model]] = {
    "patient": Patient,
    "contact": Contact,
    "user": User,
    "visit": models.Session,
    "course": models.Course,
    "task": models.Task,
    "message": models.Message,
    "mail": models.IncomingMail,
    "draft": models.Draft,
    "replan": models.Draft,
    "webhook": models.WebhookEndpoint,
    "event": models.WebhookEvent,
    "line": models.DraftMove,
    "unit": models.Unit,
    "chair": models.Chair,
    "booking": models.Booking,
    "closure": models.Closure,
    "advice": models.AdviceText,
    "need": models.Need,
    "review": models.Review,
    "imaging": models.Imaging,
    "medicine": models.Medicine,
    "decision": models.Decision,
    "results": models.ResultsImport,
    "shift": models.RoleShift,
    "item": models.ChecklistItem,
    "term": models.SchoolTerm,
    "kind": models.InfusionKind,
    "infusion": models.OtherInfusion,
    "kept": models.KeptPlaces,
    "week": models.OpeningHours,
    "staffing": models.Staffing,
    "cannula": models.CannulaAttempt,
    "effect": models.AdverseEffect,
    "link": FamilyLink,
    "leaflet": models.Unit,
    "page": models.Unit,
    "answer": models.FamilyOffer,
    "import": models.SpreadsheetImport,
    "system": models.OtherSystem,
}
IN_QUERIES = (
    *("page", "day", "unit", "only", "for", "start", "because", "seen", "what", "item", "language", "list"),
    *("sort", "month", "course", "kind", "owner", "status", "search", "child", "user", "draft", "version"),
    *("tick", "show", "priority", "than", "next", "kept", "moment", "audience", "report", "values"),
)
WORDS = (
    "",
    "0",
    "1",
    "2",
    "7",
    "-1",
    "9" * 30,
    "on",
    "yes",
    "all",
    "Mia Lark",
    "é’\u202e<b>",
    "x" * 700,
    "\x00",
    "12:60",
)


@dataclass
class Control:
    """One field of a form. options: what can be chosen; None where something is typed."""

    name: str
    value: str = ""
    options: list[str] | None = None
    is_box: bool = False
    is_hidden: bool = False


@dataclass
class FormOnPage:
    action: str
    is_post: bool
    controls: list[Control] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page, as a browser has them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[FormOnPage] = []
        self._select: Control | None = None
        self._area: Control | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in pairs}
        if tag == "form":
            self.found.append(FormOnPage(given.get("action", ""), given.get("method", "").lower() == "post"))
        if not self.found:
            return
        form, name = self.found[-1], given.get("name", "")
        if tag == "option" and self._select:
            self._select.options.append(given.get("value", ""))
        elif tag == "button" and name:
            form.buttons.append((name, given.get("value", "")))
        elif tag == "select" and name:
            self._select = Control(name, options=[])
            form.controls.append(self._select)
        elif tag == "textarea" and name:
            self._area = Control(name)
            form.controls.append(self._area)
        elif tag == "input" and name:
            self._input(form, name, given)

    def _input(self, form: FormOnPage, name: str, given: dict[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind in ("radio", "checkbox"):
            same = [control for control in form.controls if control.name == name and control.options]
            if same:
                same[0].options.append(value)
            else:
                form.controls.append(Control(name, options=[value], is_box=kind == "checkbox"))
        elif kind != "file":
            form.controls.append(Control(name, value, is_hidden=kind == "hidden"))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area.value += data.lstrip("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None


class Fuzz:
    """broken: each fault, with what would ask for it again. statuses: how often each was answered."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._patterns = sorted(_patterns(get_resolver().url_patterns))
        self._keys: dict[str, list[Any]] = {}
        self.broken: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.users = {role.value: _somebody(role) for role in Role} | {"no role": _somebody(None)}
        self._clients = {who: self._client(who) for who in (*self.users, "nobody")}

    def run(self, requests: int) -> None:
        while self.statuses.total() < requests:
            if self.statuses.total() % 200 < 2:
                self._keys.clear()
            who = self._chance.choice(list(self._clients))
            self._step(who, self._address())

    def _step(self, who: str, path: str) -> None:
        choice = self._chance.random()
        if choice < 0.1:
            self._ask(who, "post", path, self._anything())
            return
        if self._chance.random() < 0.4:
            path += f"?{urlencode(self._anything())}"
        page = self._ask(who, "get", path)
        if choice > 0.4 and page.status_code in (200, 409) and "html" in page.headers.get("Content-Type", ""):
            # The last of a page is its own, after searches in its head.
            forms = [form for form in Forms(page.content.decode()).found if "logout" not in form.action]
            if forms:
                form = forms[-1] if self._chance.random() < 0.6 else self._chance.choice(forms)
                there = urljoin(path, form.action) if form.action else path
                self._ask(who, "post" if form.is_post else "get", there, self._filled(form))

    def _ask(
        self, who: str, method: str, path: str, said: list[tuple[str, str]] | None = None
    ) -> HttpResponse:
        client = self._clients[who]
        if method == "post":
            answer = client.post(path, urlencode(said or []), FORM)
        else:
            answer = client.get(path + (f"?{urlencode(said)}" if said and "?" not in path else ""))
        if answer.streaming:
            b"".join(answer.streaming_content)
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            fault = getattr(answer, "exc_info", None)
            self.broken.append(f"{who}: {method.upper()} {path} {said or ''}: {fault and fault[1]!r}")
        if "/accounts/" in path or answer.status_code >= 500:
            # Signed out, or somebody else's password by now.
            self._clients[who] = self._client(who)
        return answer

    def _client(self, who: str) -> Client:
        client = Client(raise_request_exception=False)
        if user := self.users.get(who):
            User.objects.filter(pk=user.pk).update(is_active=True)
            user.set_roles(tuple(role for role in Role if role.value == who))
            client.force_login(user)
        return client

    def _address(self) -> str:
        name, parts = self._chance.choice(self._patterns)
        return reverse(name, kwargs={part: self._part(name, part) for part in parts})

    def _part(self, name: str, part: str) -> Any:
        match part:
            case "pk":
                return self._key(KEYS.get(name) or name.rpartition("_")[2].rpartition(":")[2])
            case "token":
                link = FamilyLink.objects.filter(pk=self._key("link")).first()
                return (feed_token if name.endswith("feed") else page_token)(link) if link else "x" * 43
            case "number":
                return self._chance.choice((1, 2, 3, 99))
            case "slug":
                return self._chance.choice(LeafletPage.values)
            case "what":
                return self._chance.choice(("answer", "change", "unwell", "dates", "other"))
            case _:
                return self._chance.choice(("trust", "ur", "pl", "1", "nothing"))

    def _key(self, kind: str) -> Any:
        if kind == "language":
            return self._chance.choice(("ur", "pl", "cy", "xx"))
        if kind not in self._keys:
            model = ROWS.get(kind)
            self._keys[kind] = sorted(model._base_manager.values_list("pk", flat=True)) if model else []
        return self._chance.choice(self._keys[kind] or [1]) if self._chance.random() < 0.97 else 2**31

    def _anything(self) -> list[tuple[str, str]]:
        names = self._chance.choices(IN_QUERIES, k=self._chance.randrange(1, 4))
        return [(name, self._word(name)) for name in names]

    def _filled(self, form: FormOnPage) -> list[tuple[str, str]]:
        said = []
        for control in form.controls:
            if control.options is not None:
                several = control.is_box and self._chance.random() < 0.5
                chosen = self._chance.sample(
                    control.options, k=min(len(control.options), 2 if several else 1)
                )
                said += [(control.name, each) for each in chosen if self._chance.random() < 0.9]
            elif control.is_hidden:
                said.append((control.name, control.value if self._chance.random() < 0.95 else self._word("")))
            elif self._chance.random() < 0.95:
                kept = control.value and self._chance.random() < 0.6
                said.append((control.name, control.value if kept else self._word(control.name)))
        if form.buttons:
            said.append(self._chance.choice(form.buttons))
        return said

    def _word(self, name: str) -> str:
        day = timezone.localdate() + timedelta(days=self._chance.randrange(-40, 120))
        if self._chance.random() < 0.3:
            return self._chance.choice(WORDS)
        for ending, value in (("day", day.day), ("month", day.month), ("year", day.year)):
            if name.endswith(f"_{ending}"):
                return str(value)
        words = (
            day.isoformat(),
            f"{self._chance.randrange(24)}:{self._chance.choice(('00', '15', '30'))}",
            "9am",
        )
        kind = self._chance.choice(("unit", "course", "patient", "visit", "chair"))
        return self._chance.choice(
            (*words, str(self._chance.randrange(400)), "A word or two", str(self._key(kind)))
        )


def _patterns(entries: list[Any], space: str = "") -> list[tuple[str, tuple[str, ...]]]:
    """The name of each address, and what stands in it."""
    found = []
    for entry in entries:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            found += _patterns(entry.url_patterns, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            parts = entry.pattern.converters or entry.pattern.regex.groupindex
            found.append((space + entry.name, tuple(parts)))
    return found


def _somebody(role: Role | None) -> User:
    name = f"Fuzz {role or 'without a role'}"
    email = f"{name.replace(' ', '.').lower()}@hospital.example"
    user = User.objects.filter(email=email).first()
    return user or User.objects.create_user(email, name, None, (role,) if role else ())


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--requests", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = asked.parse_args()
    if not options.here:
        with (
            tempfile.TemporaryDirectory(prefix="crmo-fuzz-") as folder,
            database_of_its_own(Path(folder), EMPTY) as database,
        ):
            for command in (("migrate", "-v0"), ("seed_demo",)):
                python(database, "manage.py", *command, timeout=SECONDS_TO_FILL)
            again = clock.python("-m", "tests.fuzz", "--here", *sys.argv[1:])
            return subprocess.call(again, cwd=ROOT, env=environment(database, MAIL_DIR=f"{folder}/mail"))
    logging.disable()
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    fuzz = Fuzz(options.seed)
    fuzz.run(options.requests)
    # A child whom chance has called “on” or “1” is named by every mail.
    renamed = models.Message.objects.filter(course__patient__name__in=WORDS).values_list("pk", flat=True)
    by_chance = tuple(f"Message {pk}: its " for pk in renamed)
    breaches = [line for line in find_breaches(timezone.now()) if not line.startswith(by_chance)]
    say = sys.stdout.write
    say("".join(f"{line}\n" for line in (*fuzz.broken, *breaches)))
    written = AuditEvent.objects.filter(actor_id__in=[user.pk for user in fuzz.users.values()])
    acts = written.exclude(action=PatientAct.USER_PAGE_REFUSED)
    say(f"{acts.count()} acts of {acts.order_by().values('action').distinct().count()} kinds. ")
    counts = ", ".join(f"{number} × {status}" for status, number in sorted(fuzz.statuses.items()))
    say(f"{fuzz.statuses.total()} requests: {counts}. The doctor finds {len(breaches)} things.\n")
    return 1 if fuzz.broken or breaches else 0


if __name__ == "__main__":
    sys.exit(main())
