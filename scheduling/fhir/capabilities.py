"""What can be asked here, as CapabilityStatement: found from the same tables as the answers."""

from datetime import datetime
from typing import Any

from scheduling.fhir.codes import PROFILED, TERMINOLOGY, UK_CORE
from scheduling.fhir.finished import instant
from scheduling.fhir.kinds import KINDS

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SLOT_PARAMS = [("_id", "token"), ("schedule", "reference"), ("start", "date"), ("status", "token")]


def capability_statement(*, base: str, token: str, revoke: str, version: str, at: datetime) -> dict[str, Any]:
    """base, token, revoke: addresses. at: when this version of the app began to run."""
    service = {
        "cors": False,
        "service": [
            {
                "coding": [
                    {
                        "system": f"{TERMINOLOGY}/restful-security-service",
                        "code": "SMART-on-FHIR",
                        "display": "SMART-on-FHIR",
                    }
                ],
                "text": "OAuth 2, client credentials",
            }
        ],
        "extension": [
            {
                "url": OAUTH_URIS,
                "extension": [{"url": "token", "valueUri": token}, {"url": "revoke", "valueUri": revoke}],
            }
        ],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": instant(at),
        "kind": "instance",
        "software": {"name": "CRMO clinic", "version": version},
        "implementation": {"description": "Infusion courses of a children’s day case unit", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [{"mode": "server", "security": service, "resource": list(map(_resource, [*KINDS, "Slot"]))}],
    }


def _resource(name: str) -> dict[str, Any]:
    params = SLOT_PARAMS
    if name in KINDS:
        own = [(each, kind) for each, (kind, _) in KINDS[name].params.items()]
        params = [("_id", "token"), ("_lastUpdated", "date"), *own]
    described: dict[str, Any] = {
        "type": name,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": False,
        "searchParam": [{"name": each, "type": kind} for each, kind in params],
    }
    if name in PROFILED:
        described["supportedProfile"] = [f"{UK_CORE}/UKCore-{name}"]
    return described
