"""The two logs of what was done and seen, and the chain of each. Rows are only ever added."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from patients.constraints import AppendOnly, FoundInLists
from patients.models.digest import DigestField


class Event(models.Model):
    """What both logs say: who and when. No foreign keys, so an entry neither blocks nor follows deletions."""

    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150)
    patient_id = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        abstract = True


class AuditEvent(Event):
    """One act. `changes` has the details of the act by name, and each changed field as [before, after]."""

    action = models.CharField(max_length=60)
    record = models.CharField(max_length=40)
    record_id = models.BigIntegerField(null=True)
    changes = models.JSONField(default=dict)
    # By chance, so that nobody finds out erased details by trying which ones make the digest of the row.
    salt = models.CharField(max_length=16, default="", blank=True, editable=False)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["record", "record_id"], name="audit_of_a_record"),
            models.Index(fields=["actor_id", "at"], name="audit_of_a_person"),
        ]
        constraints = [AppendOnly(name="patients_auditevent_append_only")]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action}"


IN_LISTS = FoundInLists(field="children", name="patients_accessevent_children")


class AccessQuerySet(models.QuerySet["AccessEvent"]):
    def of_children(self, keys: Iterable[int]) -> "AccessQuerySet":
        """Looks at a child that has had these keys."""
        found = self.none()
        for pk in keys:
            found |= self.of_child(pk)
        return found

    def of_child(self, pk: int) -> "AccessQuerySet":
        """Looks at this child: alone, or in a list."""
        if connection.vendor == "postgresql":
            # As the index has it.
            in_list: Any = RawSQL(
                "string_to_array(children, ',') @> ARRAY[%s]", [str(pk)], output_field=models.BooleanField()
            )
            return self.filter(Q(patient_id=pk) | Q(in_list))
        in_list = RawSQL(
            "SELECT rowid FROM patients_accessevent_children WHERE patients_accessevent_children MATCH %s",
            [f'"{pk}"'],
        )
        return self.filter(Q(patient_id=pk) | Q(pk__in=in_list))


class AccessEvent(Event):
    """One look: at a child's record (`patient_id`), at a list of children (`children`), or at an empty list.

    children: the keys of those on a list of two or more, `,4,17,`.
    """

    page = models.CharField(max_length=80)
    children = models.TextField(default="", blank=True)

    objects = AccessQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["actor_id", "at"], name="looks_of_a_person")]
        constraints = [AppendOnly(name="patients_accessevent_append_only"), IN_LISTS]

    def __str__(self) -> str:
        return f"{self.actor_name} looked at {self.page}"

    @property
    def seen(self) -> list[int]:
        """The keys of the children who were seen."""
        if self.patient_id:
            return [self.patient_id]
        return [int(pk) for pk in self.children.split(",") if pk]


class ChainRow(models.Model):
    """The place of a log row in the chain of its log: its number, and the hash over it and all before it.

    Kept beside the log, whose rows are never changed, and written by the worker: see `patients.chain`.
    """

    number = models.BigIntegerField(primary_key=True)
    digest = DigestField()
    # When the worker came by; the same for all rows of one of its rounds.
    chained_at = models.DateTimeField()

    class Meta:
        abstract = True


class AuditChainRow(ChainRow):
    # Without a constraint of the database, because a row that is gone is what the chain is there to show.
    event = models.OneToOneField(
        AuditEvent, models.DO_NOTHING, db_constraint=False, null=True, related_name="chain_row"
    )

    class Meta:
        constraints = [AppendOnly(name="patients_auditchainrow_append_only")]


class AccessChainRow(ChainRow):
    event = models.OneToOneField(
        AccessEvent, models.DO_NOTHING, db_constraint=False, null=True, related_name="chain_row"
    )

    class Meta:
        constraints = [AppendOnly(name="patients_accesschainrow_append_only")]
