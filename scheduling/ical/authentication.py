"""Whether our own mail server vouches for the address a mail says it is from (RFC 8601)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scheduling.ical.opened_mail import LONGEST_HEADER, Mail
from scheduling.ical.text import one_line

# One result, such as `dkim=pass header.d=example.com`.
_RESULT = re.compile(r"([a-z][a-z0-9-]*)(?:/\d+)?=([a-z]+)\b(.*)", re.IGNORECASE)
# The hosts of Exchange Online, in `Received: from … by …`.
_THEIRS = r"(?:[a-z0-9-]{1,63}\.){1,8}outlook\.com"
_FROM_THEM = re.compile(rf"\Afrom {_THEIRS}\.?(?= |$)", re.IGNORECASE)
_BY_THEM = re.compile(rf"\A(?:from \S+ )?by {_THEIRS}\.?(?= |;|$)", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z]+\.[a-z0-9_-]+)=(\S+)", re.IGNORECASE)

Result = tuple[str, str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose results are believed: nobody's, unless one of these is given.

    authserv_id: the identifier of our own server. exchange_online: that our mailbox is one of Exchange
    Online, whose results have no identifier.
    """

    authserv_id: str = ""
    exchange_online: bool = False


def is_authentic(mail: Mail, sender: str, trusted: Trusted) -> bool:
    """Whether the address is the sender's own, says our own server.

    Its word on DMARC decides; where it has none, one DKIM or SPF pass for the domain of the address. The
    server must take such headers out of what comes in (RFC 8601 section 5); only the ones that stand
    together at the top are read all the same, of Exchange Online only the topmost.
    """
    domain = sender.rpartition("@")[2]
    if not domain:
        return False
    results = list(_results(mail, trusted.authserv_id.casefold())) if trusted.authserv_id else []
    if not results and trusted.exchange_online:
        results = list(_results_of_exchange_online(mail))
    if any(method == "compauth" and result == "fail" for method, result, _ in results):
        return False
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


def _results_of_exchange_online(mail: Mail) -> Iterator[Result]:
    """Those of the topmost such header, if the servers of Exchange Online wrote it.

    Everything above it, at least one hop, they must have passed to each other, and the hop below, at which
    the mail came to them, must be theirs too. What a sender brings along stands below that hop.
    """
    hops_above, hop_below, found = list[str](), "", None
    for name, value in mail.items():
        text = one_line(str(value)[:LONGEST_HEADER])
        if name.lower() == "received" and found is None:
            hops_above.append(text)
        elif name.lower() == "received":
            hop_below = text
            break
        elif name.lower() == "authentication-results" and found is None:
            found = text
    passed_on = bool(hops_above) and all(
        _is_hop(hop, _FROM_THEM) and _is_hop(hop, _BY_THEM) for hop in hops_above
    )
    if found is not None and passed_on and _is_hop(hop_below, _BY_THEM):
        statements = _without_comments(found).split(";")
        # With an identifier it is the header of another server.
        if _RESULT.match(re.sub(r" ?= ?", "=", statements[0]).strip()):
            yield from _read(statements)


def _is_hop(received: str, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(one_line(_without_comments(received))))


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
