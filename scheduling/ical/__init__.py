"""Calendar invitations that families' own calendars accept, move and cancel.

One visit and one contact make one `Invitation`, a value that refuses what a calendar would mis-read.
`calendar_bytes` writes it as iCalendar (RFC 5545, RFC 5546); `mail_bytes` puts those bytes, with the words a
person reads, into the mail that goes over the wire (RFC 6047).

Pure: no Django, no clock, no randomness. Who is invited, when, in which words, with which UID and SEQUENCE is
decided by the caller and stored with the visit. The same values give the same bytes, so a mail may be sent
again unchanged. No other package imports icalendar.

The way back: `read_mail` makes of the bytes of any mail an answer, a mail of ours that came back, something
automatic, or something for a person to read, and never raises. `read_calendar` reads the whole days in a
school's calendar file.
"""

from scheduling.ical.answer import CalendarAnswer, ForAPerson
from scheduling.ical.authentication import Trusted
from scheduling.ical.entry import calendar_bytes
from scheduling.ical.feed import Entry, entries_bytes
from scheduling.ical.imip import follows, mail_bytes, notice_bytes, times_in
from scheduling.ical.invitation import InvalidInvitation, Invitation, Mailbox, Method
from scheduling.ical.opened_mail import LARGEST_MAIL
from scheduling.ical.reply import Automatic, IncomingLetter, Readable, read_mail, read_text
from scheduling.ical.returned import NO_SERVER, Bounce, Fate
from scheduling.ical.school_calendar import SchoolCalendar, Stretch, read_calendar

__all__ = [
    "LARGEST_MAIL",
    "NO_SERVER",
    "Automatic",
    "Bounce",
    "CalendarAnswer",
    "Entry",
    "Fate",
    "ForAPerson",
    "IncomingLetter",
    "InvalidInvitation",
    "Invitation",
    "Mailbox",
    "Method",
    "Readable",
    "SchoolCalendar",
    "Stretch",
    "Trusted",
    "calendar_bytes",
    "entries_bytes",
    "follows",
    "mail_bytes",
    "notice_bytes",
    "read_calendar",
    "read_mail",
    "read_text",
    "times_in",
]
