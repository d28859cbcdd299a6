"""The children of the demo data and the people around them: the same for the same seed and day."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from crmo_clinic.nhsuk import nhs_number
from crmo_clinic.nhsuk.wording import age_in_years
from patients import audit
from patients.models import Contact, Patient, Relationship, Sex
from patients.models import ParentalResponsibility as Responsible
from scheduling.management.demo_names import FAMILIES, GIRLS, GRANDPARENTS, LANGUAGES, NEEDS

YOUNGEST, OLDEST = 4, 17
# Visits in minutes, the usual length more often than the others.
LENGTHS = (240, 270, 300, 300, 300, 330, 360)


@dataclass
class Family:
    """A child, the people around the child, and how the child is usually treated.

    minutes: how long each visit lasts. courses: those recorded so far.
    """

    patient: Patient
    contacts: list[Contact]
    minutes: int
    courses: int = 0


@dataclass(frozen=True)
class Cast:
    """The families with a special story, and all others."""

    restricted: Family
    mistyped_address: Family
    withdraws_permission: Family
    without_email: Family
    others: tuple[Family, ...]

    @property
    def everyone(self) -> list[Family]:
        return [
            self.restricted,
            self.mistyped_address,
            self.withdraws_permission,
            self.without_email,
            *self.others,
        ]


def make_cast(chance: Random, today: date) -> Cast:
    """All families, unsaved."""
    people = _People(chance, today)
    return Cast(
        restricted=people.restricted(),
        mistyped_address=people.mistyped_address(),
        withdraws_permission=people.withdraws_permission(),
        without_email=people.without_email(),
        others=tuple(people.others()),
    )


def save_cast(cast: Cast, *, by: audit.Actor) -> None:
    for family in cast.everyone:
        audit.save(family.patient, by=by)
        for contact in family.contacts:
            audit.save(contact, by=by, patient=family.patient)


class _People:
    """Makes families whose numbers and addresses are all their own."""

    def __init__(self, chance: Random, today: date) -> None:
        self.chance, self.today = chance, today
        self.nhs_numbers = _nhs_numbers(chance)
        self.hospital_numbers = iter(chance.sample(range(100_000, 120_000), 200))
        self.numbers = iter(chance.sample(range(1000), 400))
        self.phones: dict[str, str] = {}

    def others(self) -> Iterator[Family]:
        yield from self.twins()
        yield from self.siblings()
        yield from self.two_of_one_name()
        yield self.foster_child()
        yield self.two_mothers()
        yield from self.written_in_other_letters()
        for names in FAMILIES:
            yield self.ordinary(*names)

    def ordinary(self, name: str, mother: str, father: str) -> Family:
        """One to four contacts. Parents who live apart may both be written to, each at their own address."""
        chance = self.chance
        # Only the beginning: Dąbrowska and Dąbrowski are one surname.
        apart = mother.split()[-1][:4] != father.split()[-1][:4]
        family = self.family(name)
        if chance.random() < 0.3:
            family.patient.needs = chance.choice(NEEDS)
        if language := LANGUAGES.get(name):
            family.patient.language, family.patient.interpreter_needed = language
        if chance.random() < 0.06:
            family.patient.nhs_number = None
        grandparent = GRANDPARENTS.get(name)
        # For some families nobody has asked yet.
        brings = not grandparent and len(name) % 4 != 0
        self.add(family, mother, Relationship.MOTHER, invited=apart or chance.random() < 0.9, brings=brings)
        if apart or chance.random() < 0.6:
            self.add(family, father, Relationship.FATHER, invited=apart or chance.random() < 0.5)
        if age_in_years(family.patient.birth_date, self.today) >= 16:
            self.add(family, name, Relationship.YOUNG_PERSON, Responsible.NO)
        if grandparent:
            kind = Relationship.GRANDPARENT
            self.add(family, grandparent, kind, Responsible.NO, invited=False, email="", brings=True)
        return family

    def restricted(self) -> Family:
        """Both parents agreed to mails once; the restriction overrides that."""
        family = self.family("Dylan Ashgrove")
        family.patient.restricted = True
        family.patient.restricted_because = "Court order: ring the social worker, and nobody else"
        self.add(family, "Karen Ashgrove", Relationship.MOTHER)
        self.add(family, "Lloyd Ashgrove", Relationship.FATHER)
        self.add(family, "Denise Okonjo", Relationship.SOCIAL_WORKER, invited=False, email="", brings=True)
        return family

    def mistyped_address(self) -> Family:
        family = self.family("Evie Latham-Shaw")
        self.add(family, "Sophie Latham", Relationship.MOTHER, email="sophie.lahtam@example.com")
        return family

    def withdraws_permission(self) -> Family:
        family = self.family("Caleb Fenwright")
        self.add(family, "Joy Fenwright", Relationship.MOTHER)
        return family

    def without_email(self) -> Family:
        family = self.family("Ronnie Buckthorpe")
        self.add(family, "Shirley Buckthorpe", Relationship.GRANDPARENT, invited=False, email="")
        return family

    def twins(self) -> Iterator[Family]:
        """Two children whom only the first name and the numbers tell apart."""
        birth_date = self.birth_date(9)
        for name in ("Adaeze Okaforson", "Amara Okaforson"):
            family = self.family(name)
            family.patient.birth_date = birth_date
            self.add(family, "Ifeoma Okaforson", Relationship.MOTHER)
            self.add(family, "Obinna Okaforson", Relationship.FATHER)
            yield family

    def siblings(self) -> Iterator[Family]:
        for name, age in (("Rhys Trevanion", 8), ("Carys Trevanion", 13)):
            family = self.family(name, age)
            self.add(family, "Nerys Trevanion", Relationship.MOTHER)
            self.add(family, "Huw Trevanion", Relationship.FATHER, invited=False)
            yield family

    def two_of_one_name(self) -> Iterator[Family]:
        """Two children of the same name who are not related."""
        for age, mother in ((6, "Rebecca Hughenden"), (11, "Tracy Hughenden")):
            family = self.family("Isla Hughenden", age)
            self.add(family, mother, Relationship.MOTHER)
            yield family

    def foster_child(self) -> Family:
        family = self.family("Kayden Moorhouse-Brown")
        family.patient.known_as = "KJ"
        self.add(family, "Brenda Oakenfold", Relationship.FOSTER_CARER, Responsible.DELEGATED, brings=True)
        self.add(family, "Jodie Moorhouse", Relationship.MOTHER, invited=False)
        self.add(family, "Imran Sadler", Relationship.SOCIAL_WORKER, invited=False)
        return family

    def two_mothers(self) -> Family:
        family = self.family("Wilfred Sandling-Cross")
        family.patient.known_as = "Wilf"
        self.add(family, "Rachel Sandling", Relationship.MOTHER)
        self.add(family, "Jess Cross", Relationship.MOTHER, brings=True)
        return family

    def written_in_other_letters(self) -> Iterator[Family]:
        """Names as the families write them, because calendars and mail headers have to carry them."""
        for name, known_as, language, mother, father in (
            ("Solomiia Kovalchenko", "Соля", "Ukrainian", "Оксана Ковальченко", "Андрій Ковальченко"),
            ("Meilin Zhao", "美琳", "Mandarin", "赵慧敏", ""),
            ("Yousef Al-Khatibi", "يوسف", "Arabic", "ريم الخطيبي", "سامر الخطيبي"),
            ("Harleen Gurdaspal", "ਹਰਲੀਨ", "Punjabi", "ਮਨਜੀਤ ਗੁਰਦਾਸਪਾਲ", ""),
        ):
            family = self.family(name)
            family.patient.known_as, family.patient.language = known_as, language
            family.patient.interpreter_needed = not father
            surname = _ascii(name.split()[-1])
            self.add(family, mother, Relationship.MOTHER, email=f"{surname}.family@example.org", brings=True)
            if father:
                self.add(family, father, Relationship.FATHER, email=f"{surname}@example.com")
            yield family

    def family(self, name: str, age: int | None = None) -> Family:
        chance = self.chance
        patient = Patient(
            name=name,
            sex=Sex.FEMALE if name.split()[0] in GIRLS else Sex.MALE,
            birth_date=self.birth_date(chance.randint(YOUNGEST, OLDEST) if age is None else age),
            nhs_number=next(self.nhs_numbers),
            hospital_number=f"K{next(self.hospital_numbers)}",
        )
        return Family(patient, [], chance.choice(LENGTHS))

    def permission_on(self, patient: Patient) -> date:
        """Two months ago; for a young person not before the 16th birthday, because then they were asked."""
        asked_on = self.today - timedelta(days=60)
        return max(asked_on, patient.decides_from) if patient.decides_from <= self.today else asked_on

    def birth_date(self, age: int) -> date:
        return self.today - timedelta(days=round(age * 365.25) + self.chance.randint(5, 355))

    def add(
        self,
        family: Family,
        name: str,
        relationship: Relationship,
        responsible: Responsible = Responsible.YES,
        *,
        invited: bool = True,
        brings: bool = False,
        email: str | None = None,
    ) -> None:
        """Add a contact; the address is made from the name unless given. One name has one phone number."""
        if email is None:
            email = f"{_ascii(name)}@{'example.com' if len(name) % 2 else 'example.org'}"
        if name not in self.phones:
            self.phones[name] = f"+447700900{next(self.numbers):03}"
        contact = Contact(
            patient=family.patient,
            name=name,
            relationship=relationship,
            email=email,
            phone=self.phones[name],
            parental_responsibility=responsible,
            may_receive_invites=invited and bool(email),
            permission_on=self.permission_on(family.patient) if invited and email else None,
            brings_child=brings,
        )
        family.contacts.append(contact)


def _nhs_numbers(chance: Random) -> Iterator[str]:
    """Different valid numbers from the range that is never issued to anybody."""
    for body in chance.sample(range(1_000_000), 1000):
        # The last digit is a check digit; for one in eleven numbers there is none.
        numbers = (f"999{body:06}{check}" for check in range(10))
        if number := next(filter(nhs_number.is_valid, numbers), None):
            yield number


def _ascii(name: str) -> str:
    """`Siân O’Darragh` as `sian.odarragh`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return ".".join(plain.replace("'", "").split())
