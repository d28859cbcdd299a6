"""A resource with its `meta`: the profile that it follows, when it changed, and which version of it this is.

The version is a digest of all that it says, the time of its change among it. So an ETag is right even where
that time is not.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256

from scheduling.fhir.codes import PROFILED, UK_CORE
from scheduling.fhir.people import Resource


def finished(resource: Resource, changed_at: datetime | None) -> Resource:
    """changed_at: aware; None if that is not known, as of what is worked out when it is asked for."""
    name = resource["resourceType"]
    meta: Resource = {"profile": [f"{UK_CORE}/UKCore-{name}"]} if name in PROFILED else {}
    if changed_at:
        meta["lastUpdated"] = instant(changed_at)
    said = json.dumps({**resource, "meta": meta}, sort_keys=True)
    meta["versionId"] = sha256(said.encode()).hexdigest()[:32]
    return {"resourceType": name, "id": resource["id"], "meta": meta, **resource}


def instant(at: datetime) -> str:
    """In UTC, so that it can be put into an address as it is."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
