"""Whether our own mail server vouches for the address a mail says it is from (RFC 8601)."""

import re
from collections.abc import Iterator

from scheduling.ical.opened_mail import LONGEST_HEADER, Mail
from scheduling.ical.text import one_line

# One result, such as `dkim=pass header.d=example.com`.
_RESULT = re.compile(r"([a-z][a-z0-9-]*)(?:/\d+)?=([a-z]+)\b(.*)", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z]+\.[a-z0-9_-]+)=(\S+)", re.IGNORECASE)

Result = tuple[str, str, dict[str, str]]


def is_authentic(mail: Mail, sender: str, authserv_id: str) -> bool:
    """Whether the mail server with that identifier confirms that the mail is really from this sender.

    Its DMARC result decides. If there is none, one DKIM or SPF pass for the domain of the address is enough.
    Without an identifier nobody is believed. The server must remove such headers from incoming mails (RFC
    8601 section 5); to be safe, only those that stand together at the top are read.
    """
    domain = sender.rpartition("@")[2]
    if not authserv_id or not domain:
        return False
    results = list(_results(mail, authserv_id.casefold()))
    dmarc = [(result, about) for method, result, about in results if method == "dmarc"]
    if any(result != "none" for result, _ in dmarc):
        return all(
            result == "pass" and about.get("header.from", domain).casefold() == domain
            for result, about in dmarc
        )
    return any(result == "pass" and _is_aligned(method, about, domain) for method, result, about in results)


def _is_aligned(method: str, about: dict[str, str], domain: str) -> bool:
    """Whether what passed is the domain itself, or one above it (RFC 7489 section 3.1)."""
    named = {
        "dkim": about.get("header.d") or about.get("header.i", ""),
        "spf": about.get("smtp.mailfrom", ""),
    }.get(method, "")
    passed = named.rpartition("@")[2].casefold().rstrip(".")
    return "." in passed and (domain == passed or domain.endswith(f".{passed}"))


def _results(mail: Mail, authserv_id: str) -> Iterator[Result]:
    """The results of that server: of its first header, and of those of its headers that follow directly."""
    found = False
    for name, value in mail.items():
        if name.lower() == "received" and found:
            return
        if name.lower() != "authentication-results":
            continue
        stated, *rest = _without_comments(one_line(str(value)[:LONGEST_HEADER])).split(";")
        if (stated.split() or [""])[0].casefold() == authserv_id:
            found = True
            yield from _read(rest)
        elif found:
            return


def _read(statements: list[str]) -> Iterator[Result]:
    for statement in statements:
        if matched := _RESULT.match(re.sub(r" ?= ?", "=", statement).strip()):
            about = {name.lower(): value for name, value in _PROPERTY.findall(matched[3])}
            yield matched[1].lower(), matched[2].lower(), about


def _without_comments(text: str) -> str:
    """The header without comments, and with harmless quotes. Empty if a quote or comment does not end."""
    kept, depth, quoted, escaped = [], 0, False, False
    for letter in text:
        if escaped:
            escaped = False
            kept.append("_" if not depth else "")
        elif letter == "\\":
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif letter == "(" and not quoted:
            depth += 1
        elif letter == ")" and depth and not quoted:
            depth -= 1
        elif not depth:
            kept.append("_" if quoted and letter in "; =()" else letter)
    return "" if depth or quoted else "".join(kept)
