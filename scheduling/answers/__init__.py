"""What comes from families: mails to the unit's mailbox, and what they say on their page.

`mailbox` and `reading` fetch mails (IMAP, RFC 9051; no other package imports imap_tools), `incoming_mail`
acts on each or gives it to a person, `returned_mails` finds which of ours came back, `replies` keeps answers
to invites. `family_tells` is what families do on their page, `family_limits` who says there what they
cannot do (kept by `booking/child_limits.py`). Mails are taken apart in `ical/`.

`kept_mails` keeps each mail once, and `progress` how far a mailbox has been read: by the numbers of its
mails, not by what people have opened. A mail is taken in the transaction that stores what it asked for.
"""
