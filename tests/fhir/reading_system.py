"""Another system, written from the specifications alone: FHIR R4 (http.html, search.html), SMART App Launch 2
(backend services, symmetric secret), RFC 6749, RFC 9110. It knows an address, its name and its secret.

It checks what it gets: by the models of `fhir.resources`, by the value sets of R4, by the rules of bundles.
"""

import base64
import json
import warnings
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.fhir.value_sets import NEEDED, wrong_codes

MIME = "application/fhir+json"


@dataclass
class ReadingSystem:
    """web: what asks for addresses, with `get` and `post` as Django’s test client has them.

    checks: whether it checks each resource of a search, which takes most of its time.
    """

    web: Any
    base: str
    client_id: str
    secret: str
    token: str = ""
    checks: bool = True
    asked: list[str] = field(default_factory=list)

    def discover(self):
        """The CapabilityStatement, and where tokens come from."""
        self.capabilities = valid(self.get("metadata", signed=False))
        assert self.capabilities["resourceType"] == "CapabilityStatement"
        self.smart = self.get(".well-known/smart-configuration", signed=False).json()
        assert "client_credentials" in self.smart["grant_types_supported"]
        assert "client-confidential-symmetric" in self.smart["capabilities"]
        uris = self.capabilities["rest"][0]["security"]["extension"][0]["extension"]
        assert {each["url"]: each["valueUri"] for each in uris} == {
            "token": self.smart["token_endpoint"],
            "revoke": self.smart["revocation_endpoint"],
        }

    def ask_token(self, scope="", **form):
        """The answer of the token endpoint (RFC 6749 section 4.4.2)."""
        form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})} | form
        return self.web.post(path_of(self.smart["token_endpoint"]), form, headers=self._basic())

    def sign_in(self, scope=""):
        answer = self.ask_token(scope)
        assert answer.status_code == 200, answer.content
        assert answer["Cache-Control"] == "no-store"
        body = answer.json()
        assert body["token_type"] == "Bearer" and body["expires_in"] <= 3600
        self.token, self.scope = body["access_token"], body["scope"].split()
        return self

    def give_back(self, token):
        """RFC 7009."""
        end = path_of(self.smart["revocation_endpoint"])
        return self.web.post(end, {"token": token}, headers=self._basic())

    def get(self, address, *, signed=True, **headers):
        """The answer; address: relative to the base, or whole."""
        whole = address if address.startswith("http") else f"{self.base}/{address}"
        assert whole.startswith(self.base), "it sends its token nowhere else"
        headers = {"accept": MIME} | headers
        if signed:
            headers["authorization"] = f"Bearer {self.token}"
        self.asked.append(whole)
        return self.web.get(path_of(whole), headers=headers)

    def resource(self, reference):
        """One resource by a reference like `Patient/12`."""
        answer = self.get(reference)
        assert answer.status_code == 200, (reference, answer.content)
        found = valid(answer)
        assert f"{found['resourceType']}/{found['id']}" == reference
        assert answer["ETag"] == f'W/"{found["meta"]["versionId"]}"'
        return found

    def pages(self, kind, params=()):
        """Each page of a search, following `next`."""
        pairs = list(params.items() if isinstance(params, dict) else params)
        address = f"{kind}?{urlencode(pairs)}" if pairs else kind
        while address:
            answer = self.get(address)
            assert answer.status_code == 200, (address, answer.content)
            bundle = valid(answer) if self.checks else json.loads(answer.content)
            assert bundle["type"] == "searchset"
            links = {link["relation"]: link["url"] for link in bundle["link"]}
            assert "self" in links
            for entry in bundle.get("entry", []):
                found = entry["resource"]
                assert found["resourceType"] == kind
                assert entry["fullUrl"] == f"{self.base}/{kind}/{found['id']}"
            yield bundle
            address = links.get("next", "")

    def search(self, kind, params=()):
        """Every resource of all pages."""
        entries = [entry for bundle in self.pages(kind, params) for entry in bundle.get("entry", [])]
        return [entry["resource"] for entry in entries]

    def ids(self, kind, params=()):
        return [found["id"] for found in self.search(kind, params)]

    def _basic(self):
        pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return {"authorization": f"Basic {pair}"}


def path_of(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def valid(answer):
    """The body, once it has been checked."""
    assert answer["Content-Type"].partition(";")[0] == MIME
    resource = json.loads(answer.content)
    check(resource)
    return resource


def check(resource):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fhir.resources.R4B import get_fhir_model_class

        get_fhir_model_class(resource["resourceType"]).model_validate_json(json.dumps(resource))
    for each in [resource, *(entry["resource"] for entry in resource.get("entry", []))]:
        kind = each["resourceType"]
        assert wrong_codes(each) == []
        assert [name for name in NEEDED.get(kind, ()) if name not in each] == [], each
        assert empties(each) == [], "R4 has neither empty values nor empty lists"
        if kind in NEEDED:
            profile = f"https://fhir.hl7.org.uk/StructureDefinition/UKCore-{kind}"
            assert each["meta"]["profile"] == [profile]


def empties(value, path=""):
    """Where something is that R4 does not allow: null, an empty text, list or object."""
    if value in (None, "", [], {}):
        return [path]
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in empties(each, f"{path}.{name}")]
    if isinstance(value, list):
        return [found for each in value for found in empties(each, f"{path}[]")]
    return []


def outcome(answer):
    """The status and the code of a refusal, which has a sentence."""
    body = valid(answer)
    assert body["resourceType"] == "OperationOutcome"
    (issue,) = body["issue"]
    assert issue["diagnostics"]
    return answer.status_code, issue["code"]
