"""A worker that is killed before or after it takes a mail with some words in it, which are named by whoever
starts it: `python -m tests.fakes.killed_worker after "some words"`."""

import os
import signal
import sys

import django


def main(moment: str, words: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")
    django.setup()
    from django.core.management import call_command

    from scheduling.answers import incoming_mail

    take = incoming_mail.take

    def killed(*, raw: bytes, **more: object) -> object:
        is_the_one = words.encode() in raw
        if is_the_one and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        taken = take(raw=raw, **more)
        if is_the_one:
            os.kill(os.getpid(), signal.SIGKILL)
        return taken

    incoming_mail.take = killed
    call_command("worker", "--once")


if __name__ == "__main__":
    main(*sys.argv[1:])
