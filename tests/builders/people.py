"""Children, the adults who belong to them, and staff."""

from datetime import date
from itertools import count

from crmo_clinic.nhsuk import nhs_number
from patients.access import Role
from patients.models import Contact, Patient, User

_numbers = count(1)


def patient(name: str = "Ada Lark", **fields) -> Patient:
    number = next(_numbers)
    return Patient.objects.create(
        **{
            "name": name,
            "birth_date": date(2015, 6, 13),
            "hospital_number": f"K{100000 + number}",
            "nhs_number": a_valid_nhs_number(number),
        }
        | fields
    )


def a_valid_nhs_number(seed: int) -> str:
    """The first valid number of the test range at or after 999 000 0000 + 20 × seed."""
    return next(str(n) for n in count(9990000000 + 20 * seed) if nhs_number.is_valid(str(n)))


def contact(of: Patient, name: str = "Mia Lark", **fields) -> Contact:
    return Contact.objects.create(
        **{
            "patient": of,
            "name": name,
            "relationship": "mother",
            "parental_responsibility": "yes",
            "email": f"{name.split()[0].lower()}.{next(_numbers)}@example.com",
            "phone": "+447700900111",
            "may_receive_invites": True,
        }
        | fields
    )


def staff(name: str, *roles: Role) -> User:
    email = f"{name.replace(' ', '.').lower()}@hospital.example"
    return User.objects.create_user(email, name, "a-long-test-password", roles)
