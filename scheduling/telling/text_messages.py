"""Text messages through GOV.UK Notify. No other module knows Notify, and without its key there are no texts.

A text never has the address of the family's page in it: texts show on lock screens, are forwarded, and stay
in phones that are lent and sold.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from scheduling.telling.transport import TransportError

MOST_CHARACTERS = 160
# Notify keeps messages for a week, and lists 250 at a time.
MOST_PAGES = 8
NOT_DELIVERED = ("permanent-failure", "temporary-failure", "technical-failure")


def texts_are_on() -> bool:
    return bool(settings.NOTIFY_API_KEY)


class NotifyTransport:
    """Texts over Notify's HTTP API, for one run. It stops after a fault that is not the text's own."""

    def __init__(self) -> None:
        # Imported here, so that a web process and an installation without texts never load it.
        from notifications_python_client import NotificationsAPIClient, errors

        self._errors = errors
        self._down: TransportError | None = None
        try:
            self._client = NotificationsAPIClient(
                settings.NOTIFY_API_KEY, base_url=settings.NOTIFY_URL, timeout=settings.EMAIL_TIMEOUT
            )
        except AssertionError:
            self._client = None
            self._down = TransportError("NOTIFY_API_KEY is not a key of GOV.UK Notify.", permanent=False)
            return
        # Use no proxy and no credentials from the environment, and follow no redirect to another host.
        self._client.request_session.trust_env = False
        self._client.request_session.max_redirects = 0

    def send(self, number: str, text: str, reference: str, *, again: bool) -> None:
        """Return once Notify has accepted the text. Raises TransportError if that is not certain.

        again: it was tried before. Notify is then asked for the reference first, so that a family does not
        get it twice.
        """
        if again and self._ask(reference=reference):
            return
        self._call(
            "send_sms_notification",
            phone_number=number,
            template_id=settings.NOTIFY_TEMPLATE_ID,
            personalisation={"message": text},
            reference=reference,
        )

    def not_delivered(self) -> Iterator[str]:
        """The references of texts of the last week that did not arrive. Raises TransportError."""
        for status in NOT_DELIVERED:
            older_than = None
            for _ in range(MOST_PAGES):
                rows = self._ask(status=status, template_type="sms", older_than=older_than)
                yield from (row["reference"] for row in rows if row.get("reference"))
                if not rows:
                    break
                older_than = rows[-1]["id"]

    def close(self) -> None:
        if self._client:
            self._client.request_session.close()

    def _ask(self, **what: str | None) -> list[dict[str, Any]]:
        return self._call("get_all_notifications", **what)["notifications"]

    def _call(self, name: str, **arguments: Any) -> dict[str, Any]:
        if self._down:
            raise self._down
        try:
            return getattr(self._client, name)(**arguments)
        except self._errors.APIError as answer:
            fault = _fault(answer.response)
            if not fault.permanent:
                self._down = fault
        # Raised outside the handler, so that the answer's text, which may quote the number, is not attached.
        raise fault


def _fault(response: Any) -> TransportError:
    """What went wrong, in our words. It is permanent only if it is about the text itself.

    response: Notify's; None if there was none.
    """
    if response is None:
        return TransportError("GOV.UK Notify could not be reached.", permanent=False)
    code = response.status_code
    if code in (401, 403):
        return TransportError(f"GOV.UK Notify refused our key (its answer was {code}).", permanent=False)
    if code == 429:
        return TransportError(
            "GOV.UK Notify takes no more texts for now (its answer was 429).", permanent=False
        )
    if 400 <= code < 500:
        sentence = f"GOV.UK Notify refused this text message (its answer was {code}). Check the number."
        return TransportError(sentence, permanent=True)
    return TransportError(f"GOV.UK Notify did not take the text (its answer was {code}).", permanent=False)
