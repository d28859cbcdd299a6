"""What became of both logs and their chains, once chains were smaller: a question of its own."""

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from patients import chain
from patients.models import AccessChainRow, AccessEvent, AuditChainRow

BEFORE = [
    ("patients", "0011_address_and_numbers_without_a_merge"),
    ("scheduling", "0039_unique_without_like"),
]


def migrated() -> dict[str, object]:
    """Three rows of each log and of its chain, migrated: the last of each chain before and after, what is
    broken, what can still be changed, and how many looks at a child are found."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    then = executor.loader.project_state(BEFORE).apps.get_model
    heads = []
    for log, word in (("Audit", "log of acts"), ("Access", "log of looks")):
        digest, own = chain.FIRST, {"children": ",4,17,"} if log == "Access" else {"action": "x", "salt": "y"}
        for number in (1, 2, 3):
            event = then("patients", f"{log}Event")(at=timezone.now(), actor_name="Nia Nurse", **own)
            event.save()
            digest = chain.digest_of(event, digest)
            then("patients", f"{log}ChainRow").objects.create(
                number=number, digest=digest, event_id=event.pk, chained_at=timezone.now()
            )
        heads.append(f"{word} 3 {digest}")
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    AccessEvent.objects.create(at=timezone.now(), actor_name="Nia Nurse", children=",4,7,")
    return {
        "before": heads,
        "after": [chain.head_of(log) for log in chain.LOGS],
        "broken": list(chain.broken(chain.read_heads("; ".join(heads)))),
        "changed": [model.__name__ for model in (AuditChainRow, AccessChainRow) if _can_change(model)],
        "looks": [AccessEvent.objects.of_child(child).count() for child in (4, 17, 7)],
    }


def _can_change(model: type[AuditChainRow | AccessChainRow]) -> bool:
    try:
        with transaction.atomic():
            return bool(model.objects.update(digest=chain.FIRST))
    except DatabaseError:
        return False
