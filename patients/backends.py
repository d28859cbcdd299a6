"""Loads the signed-in user at each request."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from patients.access import Role
from patients.models import User


class StaffBackend(AuthenticationBackend):
    """Signs in as allauth does; each request then loads the user and the roles in one query."""

    def get_user(self, user_id: Any) -> User | None:
        memberships = User.groups.through.objects.filter(user=user_id)
        found = list(memberships.select_related("user", "group"))
        if not found:
            return super().get_user(user_id)
        user = found[0].user
        held = {membership.group.name for membership in found}
        user.roles = [role for role in Role if role in held]
        return user if self.user_can_authenticate(user) else None
