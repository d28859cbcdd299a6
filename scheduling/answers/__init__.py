"""The way in: the mailboxes that families answer to, looked through by `manage.py worker` (IMAP, RFC 9051).

A mail is marked as seen only once what it asked for is stored. What goes wrong on the way leaves it unread,
for the next round or for whoever opens the mailbox. No other package imports imap_tools.
"""
