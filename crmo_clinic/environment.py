"""Reads settings from the environment, and never guesses: what is not plain is refused in a sentence.

No sentence quotes a value, for it may be a secret.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

YES, NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
# In a name or a password these would end the name of the server too early.
WRITTEN_AS = {"#": "%23", "/": "%2F", "?": "%3F", "@": "%40", "[": "%5B", "]": "%5D"}
_HOST = re.compile(r"[/?#]")


class Environment(environ.FileAwareEnv):
    """The environment of the process. NAME_FILE is the path of a file that holds NAME.

    A value means itself: django-environ would take `$word` for the name of another variable. Every method
    raises ImproperlyConfigured with a sentence that names the variable.
    """

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        """The value, or the default if it is not set. A file's last line break is not part of it."""
        try:
            value = self.ENVIRON[var]
        except KeyError:
            if default is self.NOTSET:
                raise ImproperlyConfigured(f"{var} is not set; set it.") from None
            return default
        except OSError:
            raise ImproperlyConfigured(f"The file that {var}_FILE names cannot be read.") from None
        try:
            return self.parse_value(value.rstrip("\r\n"), cast)
        except (ValueError, TypeError):
            raise ImproperlyConfigured(f"{var} cannot be read as what it should be.") from None

    def bool(self, var: str, default: Any = environ.Env.NOTSET) -> bool:
        """Yes or no. Anything else, also nothing at all, is refused: it must not mean “no” in silence."""
        value = self.get_value(var, default=default)
        if not isinstance(value, str):
            return value
        word = value.strip().lower()
        if word not in YES + NO:
            raise ImproperlyConfigured(
                f"{var} is neither “yes” nor “no”{'' if word else ': it is empty'}; write one of the two."
            )
        return word in YES

    def web_address(self, var: str) -> str:
        """An `https://` address, or "" if it is not set."""
        value = self.str(var, default="").strip()
        if value and not re.fullmatch(r"https://[^/\s]+(/\S*)?", value):
            raise ImproperlyConfigured(f"{var} is not an https:// address; write it in full.")
        return value

    def contact(self, var: str) -> str:
        """Where a person is reached, as a URI (`mailto:`, `https:`), or "" if it is not set."""
        value = self.str(var, default="").strip()
        if not value or re.fullmatch(r"(mailto:[^@\s]+@[^@\s]+|https://\S+)", value):
            return value
        if re.fullmatch(r"[^@\s:]+@[^@\s]+", value):
            return f"mailto:{value}"
        raise ImproperlyConfigured(f"{var} is neither an email address nor an https:// address; write one.")

    def int(self, var: str, default: Any = environ.Env.NOTSET) -> int:
        value = self.get_value(var, default=default)
        try:
            return int(value)
        except ValueError:
            raise ImproperlyConfigured(f"{var} is not a whole number; write one in digits.") from None

    def db(self, var: str, default: Any = environ.Env.NOTSET, engine: Any = None) -> dict[str, Any]:
        """The database as Django's DATABASES has it. `host1,host2` names several PostgreSQL servers."""
        return self._of_url(var, default, self.db_url_config)

    def email(self, var: str, default: Any = environ.Env.NOTSET, backend: Any = None) -> dict[str, Any]:
        return self._of_url(var, default, self.email_url_config)

    def urls(self, var: str) -> list[str]:
        """URLs with commas between them; none if the variable is not set."""
        urls = self.list(var, default=[])
        for url in urls:
            refuse_unclear(var, url)
        return urls

    def _of_url(self, var: str, default: Any, read: Any) -> dict[str, Any]:
        url = self.get_value(var, default=default)
        refuse_unclear(var, url)
        try:
            config = read(url)
        except (ValueError, KeyError, TypeError):
            config = {}
        if not config or "." not in config.get("ENGINE", "."):
            raise ImproperlyConfigured(f"{var} cannot be read as an address; see README.md for its form.")
        return config


def refuse_unclear(var: str, url: str) -> None:
    """Raise ImproperlyConfigured for an address that reads otherwise than whoever wrote it meant."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ImproperlyConfigured(f"{var} is no address: it has no “://”; see README.md for its form.")
    if scheme == "sqlite":
        if "#" in rest:
            raise ImproperlyConfigured(f"{var} has a “#” in the path of its file; write it as %23.")
        return
    before_host = rest.rpartition("@")[0]
    unclear = _HOST.search(before_host)
    if not unclear and "@" not in before_host:
        unclear = re.search(r"[\[\]]", before_host)
    if unclear or "@" in before_host:
        sign = unclear[0] if unclear else "@"
        raise ImproperlyConfigured(
            f"{var} has a “{sign}” in its user name or password; write it as {WRITTEN_AS[sign]}."
        )
    try:
        parts = urlsplit(url)
        if "," not in parts.netloc:
            parts.port  # noqa: B018
    except ValueError:
        raise ImproperlyConfigured(
            f"{var} has no proper server and port; if its password has other signs than letters and digits, "
            "write them with a percent sign, as README.md says."
        ) from None
    if parts.fragment:
        raise ImproperlyConfigured(f"{var} has a “#”, and all after it would be lost; write it as %23.")
