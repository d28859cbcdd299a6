"""What families are told: who is written to, when, in which words, how it is sent, and who knows what.

- Who knows what, and which calendars have the entry: `knowledge`; in words for pages: `day_told`.
- Who may be written to: `recipients`. SEQUENCE numbers: `revisions`. The unit's approved texts: `texts/`.
- What a mail says: `letters` (invites and cancellations), `notices` (all other messages).
- Mails that belong to an act: `queue`. Reminders: `reminder_table`, `due_reminders`, `queue_reminders`.
- Sending: `delivery`, `transport`, `text_messages`, `resend`; what must not be sent after all: `withholding`.
- The family's own page: `family_links`, `link_changes`, `ask_for_days`.
- A changed address or permission: `changed_contacts`.
- Told by a person: `by_person`. Whom to ring: `to_ring`; the tasks: `unreached`, `stuck`, `nobody_told`.

What families answer is in `answers/`. The bytes of calendar entries and mails are made in `ical/`.

A mail is delivered at least once. A repeat does no harm, because Message-ID, UID and SEQUENCE are the same.
"""
