"""The access token with which the app signs in to a mailbox of Exchange Online, which takes no passwords.

The app signs in as itself, and no person stands behind it (OAuth 2 client credentials, RFC 6749 section 4.4).
Tokens are kept in memory for as long as they hold. No other package imports msal, and nothing of it is loaded
unless the settings name a client.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from msal import ConfidentialClientApplication

# All that the app was permitted in Exchange Online, which is to read mailboxes by IMAP.
SCOPES = ["https://outlook.office365.com/.default"]
SECONDS_TO_ANSWER = 20


class NoToken(Exception):
    """The server gives no token to these settings. Its words may quote them."""


def access_token() -> str:
    """A token that holds now. Raises NoToken, or what the network raises."""
    given = _client(
        settings.IMAP_OAUTH_AUTHORITY,
        settings.IMAP_OAUTH_TENANT,
        settings.IMAP_OAUTH_CLIENT_ID,
        settings.IMAP_OAUTH_CLIENT_SECRET,
    ).acquire_token_for_client(scopes=SCOPES)
    if "access_token" not in given:
        raise NoToken
    return str(given["access_token"])


def forget_token() -> None:
    """Ask for a new one the next time: the mailbox did not take the last one."""
    _client.cache_clear()


@lru_cache(maxsize=1)
def _client(authority: str, tenant: str, client_id: str, secret: str) -> "ConfidentialClientApplication":
    from msal import ConfidentialClientApplication

    return ConfidentialClientApplication(
        client_id,
        client_credential=secret,
        authority=f"{authority.rstrip('/')}/{tenant}",
        # The address is ours to choose, and need not be one that Microsoft's own servers list.
        instance_discovery=False,
        timeout=SECONDS_TO_ANSWER,
    )
