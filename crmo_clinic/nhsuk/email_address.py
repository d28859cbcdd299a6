"""Email addresses that a mail of ours can go to: the one rule of forms, of invites and of what comes back."""

import re

EMAIL_LIMIT = 254  # RFC 5321 §4.5.3.1.3: a path is at most 256 octets, its two brackets among them.
# An unquoted address of RFC 5322 §3.4.1, in ASCII. A domain in other letters must come as xn--…: the two
# standards for turning it into ASCII disagree (over ß, for one), and a wrong guess would write to a stranger.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")


def is_mailable(address: str) -> bool:
    """Whether a mail can be sent to this address: one bare ASCII address with a full domain."""
    return len(address) <= EMAIL_LIMIT and bool(_EMAIL.fullmatch(address))
