"""What families are told: who is written to, when, in which words, how it is sent, and who knows what.

Who knows what, and whose calendar has it: `knowledge`, by `calendar_entries`; in the words of pages:
`day_told`. SEQUENCE: `revisions`. Who may be written to: `recipients`. The unit's approved words: `texts/`.
What a visit is called: `visit_name`, and the child: `calling`. When calendars
remind: `alarms`. What a mail says: `letters`, with its entry `calendar_mails`, and `notices`; and `rewording`
right before it leaves. Queued with an act: `queue`. Due by the clock: `reminder_table`, `due_reminders`,
`queue_reminders`; and the tasks that ask for texts in time, `text_tasks`. Sent: `due_mails`, `delivery`,
`outcomes`, `transport`, `text_messages`, `withholding`. Told by a person: `by_person`. Whom to ring:
`to_ring`, `unreached`; who has not answered: `unanswered`. Whom families may ask:
`whom_to_ask`. Drafts of languages: `draft_languages`.

What families answer is in `answers/`. The bytes of calendar entries and mails are made in `ical/`.

A mail is delivered at least once. A repeat does no harm, because Message-ID, UID and SEQUENCE are the same.
"""
