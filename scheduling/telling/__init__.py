"""What families are told: to whom, when, in which words, how it is sent, and who knows what.

Who knows what, and whose calendar has it: `knowledge`, by `calendar_entries`; in the words of pages:
`day_told`. SEQUENCE: `revisions`. Who may be written to: `recipients`. The unit's approved words: `texts/`.
What a mail says: `letters` and `notices`, and `rewording` right before it leaves. Queued with an act:
`queue`. Due by the clock: `reminder_table`, `due_reminders`, `queue_reminders`. Sent: `delivery`,
`transport`, `text_messages`, `withholding`. Told by a person: `by_person`. Whom to ring: `to_ring`,
`unreached`. What families answer is in `answers/`; calendar entries and mails are made in `ical/`.

At least once, and harmless: a mail sent again carries the same Message-ID, UID and SEQUENCE.
"""
