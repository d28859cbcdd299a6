"""Which rows a system sees: those of its units, and of protected records only if that was said expressly."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from patients.models import Contact, Patient
from scheduling.models import Course, Message, OtherSystem, Review, Session, Unit


@dataclass(frozen=True)
class Sight:
    """What one system sees. units: their keys."""

    units: tuple[int, ...]
    protected: bool

    @classmethod
    def of(cls, system: OtherSystem) -> "Sight":
        """One query."""
        return cls(tuple(system.units.order_by("pk").values_list("pk", flat=True)), system.reads_protected)

    def patients(self) -> QuerySet[Patient]:
        """Children with a course in one of the units; protected ones only if the system may."""
        here = Course.objects.filter(patient=OuterRef("pk"), unit__in=self.units)
        found = Patient.objects.filter(Exists(here))
        return found if self.protected else found.filter(restricted=False, sensitive=False)

    def contacts(self) -> QuerySet[Contact]:
        return Contact.objects.filter(patient__in=self.patients().order_by())

    def reviews(self) -> QuerySet[Review]:
        return Review.objects.filter(patient__in=self.patients().order_by())

    def courses(self) -> QuerySet[Course]:
        return self._of_children(Course.objects.filter(unit__in=self.units), "patient")

    def visits(self) -> QuerySet[Session]:
        return self._of_children(Session.objects.filter(course__unit__in=self.units), "course__patient")

    def messages(self) -> QuerySet[Message]:
        """Without their bytes."""
        found = Message.objects.filter(course__unit__in=self.units).defer("mime")
        return self._of_children(found, "course__patient")

    def own_units(self) -> QuerySet[Unit]:
        return Unit.objects.filter(pk__in=self.units)

    def _of_children(self, rows: QuerySet, path: str) -> QuerySet:
        if self.protected:
            return rows
        return rows.filter(**{f"{path}__restricted": False, f"{path}__sensitive": False})
