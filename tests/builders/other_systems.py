"""Systems that may read."""

from patients.models import User
from scheduling.fhir import systems
from scheduling.models import Reads, Unit


def other_system(*units: Unit, by: User, name: str = "Patient record", reads=tuple(Reads), protected=False):
    """A system that may read all there is of these units, with its client id and secret."""
    return systems.let_in(name=name, reads=reads, units=list(units), reads_protected=protected, by=by)
