"""What comes from families: mails to the unit's mailbox, and what they say on their page.

`mailbox` and `reading` fetch mails (IMAP, RFC 9051; no other package imports imap_tools), `incoming_mail`
acts on each or gives it to a person, `returned_mails` finds which of ours came back, `replies` keeps answers
to invites. `family_tells` is what families do on their page, `family_limits` what they cannot do and who said
so. Mails are taken apart in `ical/`.

A mail is marked as seen only once what it asked for is stored. What goes wrong on the way leaves it
unread, for the next round or for whoever opens the mailbox.
"""
