"""What families are told: who may be written to (`recipients`), what a mail says (`letters`), queueing it in
the transaction of the act it tells of (`queue`), and sending it (`delivery`, driven by `manage.py worker`).

At least once, and harmless: a mail sent again carries the same Message-ID, UID and SEQUENCE.
"""
