"""Codes that FHIR R4 requires, from its pages of value sets: the library lets any word pass.

https://hl7.org/fhir/R4/terminologies-valuesets.html
"""

REQUEST_STATUS = {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
# Where each code stands: the type of the resource and the path to it; `[]` stands for each of a list.
REQUIRED = {
    "Bundle.type": {"searchset"},
    "Bundle.link[].relation": {"self", "next"},
    "Bundle.entry[].search.mode": {"match", "include", "outcome"},
    "Patient.gender": {"male", "female", "other", "unknown"},
    "Patient.identifier[].use": {"usual", "official", "temp", "secondary", "old"},
    "Patient.name[].use": {"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"},
    "RelatedPerson.telecom[].system": {"phone", "fax", "email", "pager", "url", "sms", "other"},
    "ServiceRequest.status": REQUEST_STATUS,
    "ServiceRequest.intent": {
        "proposal", "plan", "directive", "order", "original-order", "reflex-order", "filler-order",
        "instance-order", "option",
    },
    "ServiceRequest.priority": {"routine", "urgent", "asap", "stat"},
    "Appointment.status": {
        "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error",
        "checked-in", "waitlist",
    },
    "Appointment.participant[].status": {"accepted", "declined", "tentative", "needs-action"},
    "Communication.status": {
        "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error",
        "unknown",
    },
    "Observation.status": {
        "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error",
        "unknown",
    },
    "Observation.component[].valueQuantity.comparator": {"<", "<=", ">=", ">"},
    "Slot.status": {"busy", "free", "busy-unavailable", "busy-tentative", "entered-in-error"},
    "Location.status": {"active", "suspended", "inactive"},
    "Location.mode": {"instance", "kind"},
    "OperationOutcome.issue[].severity": {"fatal", "error", "warning", "information"},
    "OperationOutcome.issue[].code": {
        "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired",
        "forbidden", "suppressed", "processing", "not-supported", "duplicate", "multiple-matches",
        "not-found", "deleted", "too-long", "code-invalid", "extension", "too-costly", "business-rule",
        "conflict", "transient", "lock-error", "no-store", "exception", "timeout", "incomplete",
        "throttled", "informational",
    },
    "CapabilityStatement.status": {"draft", "active", "retired", "unknown"},
    "CapabilityStatement.kind": {"instance", "capability", "requirements"},
    "CapabilityStatement.fhirVersion": {"4.0.1"},
    "CapabilityStatement.rest[].mode": {"client", "server"},
    "CapabilityStatement.rest[].resource[].interaction[].code": {
        "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create",
        "search-type",
    },
    "CapabilityStatement.rest[].resource[].versioning": {"no-version", "versioned", "versioned-update"},
    "CapabilityStatement.rest[].resource[].searchParam[].type": {
        "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special",
    },
}  # fmt: skip
# What each resource has to have by UK Core and R4, beside what the library asks for.
NEEDED = {
    "Patient": ("identifier", "name", "birthDate"),
    "RelatedPerson": ("patient", "relationship", "name"),
    "ServiceRequest": ("status", "intent", "code", "subject"),
    "Appointment": ("status", "participant", "start", "end", "basedOn"),
    "Observation": ("status", "code", "subject", "effectiveDateTime"),
    "Communication": ("status", "recipient"),
    "Slot": ("schedule", "status", "start", "end"),
    "Schedule": ("actor",),
    "Location": ("status", "name"),
}


def values_at(resource, path):
    """Every value that stands there; none where a part of the path is missing."""
    found = [resource]
    for step in path.split("."):
        name = step.removesuffix("[]")
        found = [each[name] for each in found if name in each]
        if step.endswith("[]"):
            found = [item for each in found for item in each]
    return found


def wrong_codes(resource):
    """What stands in a resource where R4 requires another code."""
    kind = resource["resourceType"]
    return [
        (path, value)
        for path, allowed in REQUIRED.items()
        if path.startswith(f"{kind}.")
        for value in values_at(resource, path.partition(".")[2])
        if value not in allowed
    ]
