"""Invites from values: text, HTML and calendar part."""

from tests.benchmarks.figures import milliseconds, tell, write
from tests.ical.samples import a_mail

MAILS = 500


def main() -> None:
    write("Invites: complete mails (text, HTML, calendar part) from values; processor time")
    seconds = milliseconds(lambda: [a_mail() for _ in range(MAILS)]) / 1000
    tell("mails a second a core", MAILS / seconds, "/s", at_least=1000)
