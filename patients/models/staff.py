"""Staff, who sign in, and what they had typed when a sign-in ended."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.functional import cached_property

from patients.access import Permission, Role, roles_with


class UserManager(BaseUserManager["User"]):
    """Makes users, who are known by their email address."""

    def who_may(self, permission: Permission) -> models.QuerySet["User"]:
        """The people who may sign in and do this."""
        names = [role.value for role in roles_with(permission)]
        return self.filter(is_active=True, groups__name__in=names).distinct()

    def create_user(
        self, email: str, name: str, password: str | None = None, roles: tuple[Role, ...] = (), **fields: Any
    ) -> "User":
        user = self.model(email=email.strip().lower(), name=name, **fields)
        user.set_password(password)
        user.save()
        user.set_roles(roles)
        return user


class User(AbstractBaseUser):
    """A member of staff, who signs in with an email address. Their roles alone say what they may do."""

    name = models.CharField("full name", max_length=150)
    email = models.EmailField("email address", unique=True)
    is_active = models.BooleanField("may sign in", default=True)
    groups = models.ManyToManyField("auth.Group", related_name="users")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> list[Role]:
        """In the order of `Role`. One query for each user object; none for the user of a request."""
        held = {group.name for group in self.groups.all()}
        return [role for role in Role if role in held]

    def set_roles(self, roles: tuple[Role, ...]) -> None:
        from django.contrib.auth.models import Group

        self.groups.set([Group.objects.get_or_create(name=role.value)[0] for role in roles])
        self.__dict__.pop("roles", None)


class KeptForm(models.Model):
    """What somebody had typed when their sign-in ended, sealed, for them alone to bring back."""

    key = models.CharField(max_length=32, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="kept_forms")
    # The address that takes the form, without a query.
    path = models.CharField(max_length=500)
    sealed = models.TextField()
    kept_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.path
