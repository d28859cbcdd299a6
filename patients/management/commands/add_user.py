"""`manage.py add_user`: the first member of staff, or any other."""

import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from patients import audit
from patients.access import Role
from patients.acts import PatientAct
from patients.models import User


class Command(BaseCommand):
    help = "Adds a member of staff with one or more roles. The password is asked for, or read from a pipe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])

    def handle(self, *args: Any, email: str, name: str, role: list[str], **options: Any) -> None:
        password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        try:
            validate_email(email)
            validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if User.objects.filter(email__iexact=email).exists():
            raise CommandError(f"{email} has an account already.")
        with transaction.atomic():
            user = User.objects.create_user(email, name, password, tuple(map(Role, role)))
            audit.record(
                PatientAct.USER_ADDED,
                by=audit.System("add_user"),
                on=user,
                patient=None,
                changes={"roles": role},
            )
        self.stdout.write(f"{name} may now sign in as {email}: {', '.join(role)}.")
