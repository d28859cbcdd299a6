"""A child, and how children are searched for and told apart."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import cached_property

from crmo_clinic.nhsuk import nhs_number
from crmo_clinic.nhsuk.spellings import pattern, search_words, searchable
from crmo_clinic.nhsuk.typed import without_separators
from crmo_clinic.nhsuk.wording import birthday
from patients.models.contact import Contact
from patients.models.merged import FormerNumber, Merge


def plain_hospital_number(text: str) -> str:
    """A hospital number as it is kept and compared: without spaces and hyphens, in capitals."""
    return without_separators(text).upper()


# From this birthday on the young person says who may be told.
AGE_TO_DECIDE = 16


class PatientQuerySet(models.QuerySet["Patient"]):
    """Children, asked for in the words of the search box."""

    def with_has_merges(self) -> "PatientQuerySet":
        """Each with `has_merges`, so that where nobody was merged nothing more is asked."""
        merges = Merge.objects.filter(kept=OuterRef("pk"), undone_at__isnull=True)
        return self.annotate(has_merges=Exists(merges))

    def matching(self, text: str) -> "PatientQuerySet":
        """Children with every word of `text` in the name; or with this NHS or (start of) hospital number."""
        number = plain_hospital_number(text)
        if not number:
            return self.none()
        found = Q(hospital_number__istartswith=number)
        found |= Q(pk__in=FormerNumber.objects.filter(number__iexact=number).values("patient"))
        if nhs_number.is_valid(digits := nhs_number.normalise(text)):
            found |= Q(nhs_number=digits)
            found |= Q(pk__in=FormerNumber.objects.filter(number=digits).values("patient"))
        if words := search_words(text):
            found |= Q(*(Q(search_name__regex=pattern(ways)) for ways in words))
        return self.filter(found)

    def of_units(self, units: Sequence[int]) -> "PatientQuerySet":
        """Children with a course in one of these units, and those without any course yet."""
        # By the reverse of a foreign key, because this app must not import `scheduling`.
        return self.filter(Q(courses__unit__in=units) | Q(courses=None)).distinct()

    def with_number(self, text: str) -> "Patient | None":
        """The one child with exactly this hospital or NHS number, or who had it; None if there is none, or
        another too."""
        number = plain_hospital_number(text)
        if not number:
            return None
        had = Q(pk__in=FormerNumber.objects.filter(number__iexact=number).values("patient"))
        found = list(self.filter(Q(hospital_number__iexact=number) | Q(nhs_number=number) | had)[:2])
        return found[0] if len(found) == 1 else None

    def by_numbers(self, numbers: Iterable[str]) -> "dict[str, Patient]":
        """The children with these hospital or NHS numbers, or who had them, by each number. Two queries."""
        numbers = set(numbers) - {""}
        had = FormerNumber.objects.filter(number__in=numbers).select_related("patient")
        found = {row.number: row.patient for row in had}
        for child in self.filter(Q(hospital_number__in=numbers) | Q(nhs_number__in=numbers)):
            found[plain_hospital_number(child.hospital_number)] = child
            if child.nhs_number:
                found[child.nhs_number] = child
        return found

    def likely_the_same_as(
        self, *, name: str, birth_date: date | None, nhs_number: str | None, hospital_number: str
    ) -> "PatientQuerySet":
        """Children who may be this one: with the same number, or the same birth date and a word of the name.

        Empty values are not compared.
        """
        same = Q(pk__in=[])
        if hospital_number:
            same |= Q(hospital_number__iexact=hospital_number)
        if nhs_number:
            same |= Q(nhs_number=nhs_number)
        if numbers := [number for number in (hospital_number.upper(), nhs_number) if number]:
            same |= Q(pk__in=FormerNumber.objects.filter(number__in=numbers).values("patient"))
        if birth_date:
            for ways in search_words(name):
                if len(ways[0]) > 1:
                    same |= Q(birth_date=birth_date, search_name__regex=pattern(ways))
        return self.filter(same)


class Sex(models.TextChoices):
    """Sex at registration. It decides only which checks are asked for."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    INDETERMINATE = "indeterminate", "Indeterminate"
    NOT_KNOWN = "not_known", "Not known"

    @classmethod
    def asked(cls) -> tuple["Sex", ...]:
        """Those that a check can be limited to."""
        return cls.FEMALE, cls.MALE


class Patient(models.Model):
    """A child known to the Trust."""

    name = models.CharField("full name", max_length=200)
    known_as = models.CharField("known as", max_length=100, blank=True)
    birth_date = models.DateField("date of birth")
    nhs_number = models.CharField("NHS number", max_length=10, null=True, blank=True, unique=True)
    hospital_number = models.CharField("hospital number", max_length=30)
    sex = models.CharField("sex at registration", max_length=13, choices=Sex, blank=True)
    language = models.CharField("language the family speaks", max_length=60, blank=True)
    interpreter_needed = models.BooleanField("interpreter needed", default=False)
    # Only as the hospital’s records have it, or whoever corrects that; no message needs it.
    address = models.CharField("home address", blank=True, max_length=300)
    needs = models.TextField("what the child needs on the day", blank=True, max_length=500)
    allergies = models.CharField("allergies", max_length=300, blank=True)
    restricted = models.BooleanField("restricted: no messages to the family", default=False)
    restricted_because = models.CharField("why it is restricted", max_length=300, blank=True)
    # Whoever opens the record gives a reason first, once in each sign-in.
    sensitive = models.BooleanField("sensitive: ask for a reason first", default=False)
    search_name = models.TextField(editable=False)

    objects = PatientQuerySet.as_manager()

    # Unless `with_has_merges` found none.
    has_merges = True

    class Meta:
        verbose_name = "child"
        verbose_name_plural = "children"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("hospital_number"),
                name="hospital_number_is_unique",
                violation_error_message="Another child already has this hospital number.",
            ),
            models.CheckConstraint(
                condition=Q(restricted=False, restricted_because="")
                | (Q(restricted=True) & ~Q(restricted_because="")),
                name="a_restriction_has_a_reason",
                violation_error_message="Say why messages are restricted.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save with the names as a search compares them: no engine folds letters of every language alike."""
        self.search_name = searchable(self.name, self.known_as)
        if update_fields is not None:
            update_fields = {*update_fields, "search_name"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("patients:show_patient", args=[self.pk])

    @property
    def whole_name(self) -> str:
        """`Wilfred Example (Wilf)`: only where an identifier stands beside it anyway."""
        return f"{self.name} ({self.known_as})" if self.known_as else self.name

    @property
    def identified(self) -> str:
        """`Wilfred Example (Wilf), K104482`: wherever children have to be told apart."""
        return f"{self.whole_name}, {self.hospital_number}"

    @property
    def short_name(self) -> str:
        """`Lily E`: for where there is little room. Two of a week may share it: see `alike`."""
        first, *others = self.name.split() or [""]
        return f"{self.known_as or first} {others[-1][0]}" if others else self.known_as or first

    @cached_property
    def keys(self) -> list[int]:
        """Its own key, and those of records that were merged into it. One query; none if it is known that
        there are none."""
        if not self.has_merges:
            return [self.pk]
        merged = self.merges.filter(undone_at__isnull=True).values_list("gone_id", flat=True)
        return [self.pk, *merged]

    @property
    def decides_from(self) -> date:
        """The 16th birthday. For a child born on 29 February it may be 1 March."""
        return birthday(self.birth_date, AGE_TO_DECIDE)

    @property
    def has_needs(self) -> bool:
        """Whether anything has to be prepared for this child."""
        return bool(self.needs or self.interpreter_needed or self._needs_on_lists)

    @property
    def needs_in_words(self) -> str:
        """What to prepare for this child on the day."""
        language = f" ({self.language})" if self.language else ""
        interpreter = f"interpreter{language}" if self.interpreter_needed else ""
        needs = [self.needs, *self._needs_on_lists, interpreter]
        return "; ".join(filter(None, needs)) or "none recorded"

    @property
    def _needs_on_lists(self) -> list[str]:
        """Those on the lists of units, if they were read with the child: this app does not know of units."""
        listed = getattr(self, "_prefetched_objects_cache", {}).get("visit_needs", ())
        return [str(need) for need in listed if need.in_use]

    @property
    def contacts_with_phone(self) -> list[Contact]:
        """Contacts with a phone number, first those who usually bring the child."""
        by_phone = [contact for contact in self.contacts.all() if contact.phone]
        return sorted(by_phone, key=lambda contact: not contact.brings_child)
