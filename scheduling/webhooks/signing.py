"""The secret of a system: made here, kept sealed, and used to sign what is sent."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

from patients.sealing import seal, unseal
from scheduling.models import WebhookEndpoint

SECRET_BYTES = 32
# For so long the earlier secret signs too, so that whoever verifies has time to put the new one in.
BOTH_SIGN = timedelta(days=1)


class SecretLost(Exception):
    """The secret was sealed with a SECRET_KEY that is no longer known."""


def new_secret() -> str:
    """`whsec_…`: random bytes, as the specification writes them."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def keep(endpoint: WebhookEndpoint, secret: str) -> None:
    """Put a first secret into an unsaved row."""
    endpoint.sealed_secret = seal(secret)


def renew(endpoint: WebhookEndpoint, now: datetime) -> str:
    """Give the row another secret, beside the one that it has. Returns it."""
    secret = new_secret()
    endpoint.former_sealed, endpoint.former_until = endpoint.sealed_secret, now + BOTH_SIGN
    endpoint.sealed_secret = seal(secret)
    return secret


def headers(endpoint: WebhookEndpoint, webhook_id: str, payload: bytes, now: datetime) -> dict[str, str]:
    """The three headers of an attempt. Raises SecretLost."""
    sealed = [endpoint.sealed_secret]
    if endpoint.former_until and now < endpoint.former_until:
        sealed.append(endpoint.former_sealed)
    known = [secret for secret in map(unseal, sealed) if secret]
    if not known:
        raise SecretLost
    at = now.astimezone(UTC)
    signatures = [Webhook(secret).sign(webhook_id, at, payload.decode()) for secret in known]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
