"""`python -m tests.known_mail`, on the demo data, writes the mail that packing knows: `KNOWN_MAIL`.

For a new one only, under another name: what was packed with one can be read only with it.
"""

import os
import re

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")
    django.setup()
    from scheduling.models import Message
    from scheduling.models.packed import KNOWN_MAIL, undone

    def one(**of: object) -> bytes:
        mail = undone(bytes(Message.objects.filter(**of).order_by("pk").first().mime))
        # No address of a page, not even of the demo's.
        return re.sub(rb"(/family/)(?:=\r\n|[\w-])+", rb"\1", mail)

    # The likeliest last: zlib sees no farther back than 32 KB.
    parts = one(kind="offer"), one(kind="invite", session__number=2), one(kind="invite", session__number=1)
    KNOWN_MAIL.write_bytes(b"".join(parts)[-32_000:])


if __name__ == "__main__":
    main()
