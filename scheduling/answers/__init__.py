"""What comes from families: mails to the unit's mailbox, and what they say on their page.

`mailbox` and `reading` fetch mails (IMAP, RFC 9051; no other package imports imap_tools). `incoming_mail`
acts on each mail or gives it to a person, and `replies` records answers to invites. `family_tells` is what
families do on their page; `family_limits` is what they cannot do, and who said so. `ical/` takes mails apart.

A mail is marked as seen only after what it asked for is stored. If something goes wrong before that, it stays
unread, for the next round or for whoever opens the mailbox.
"""
