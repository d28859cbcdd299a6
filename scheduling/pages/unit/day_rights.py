"""Who may change a unit’s days: the lead, and coordinators if the lead lets them."""

from typing import Any

from django.core.exceptions import PermissionDenied

from patients.access import Permission, may
from scheduling.models import Unit


def may_change_days(user: Any, unit: Unit) -> bool:
    if not may(user, Permission.CHANGE_DAYS):
        return False
    return unit.coordinators_change_days or may(user, Permission.SET_UP_UNIT)


def let_change_days(user: Any, unit: Unit) -> Unit:
    """The unit. Raises PermissionDenied unless the user may close its days, change nurses, block chairs."""
    if not may_change_days(user, unit):
        raise PermissionDenied(
            "In this unit only the unit lead may close days, change nurses or block chairs."
        )
    return unit
