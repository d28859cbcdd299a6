"""How far a mailbox has been read, without a server."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from scheduling.answers.progress import to_take
from scheduling.answers.unstored import ask_to_open
from scheduling.models import MailboxProgress, Task
from tests import builders

pytestmark = pytest.mark.django_db


class Box:
    """A mailbox with these numbers, of which those from `new` on came since it was read first."""

    name = "unit@hospital.example"

    def __init__(
        self, *numbers: int, new: Sequence[int] = (), unread: Sequence[int] = (), validity: int = 1
    ) -> None:
        self._numbers, self._new, self._unread, self._validity = numbers, new, unread, validity

    def validity(self) -> int:
        return self._validity

    def numbers(self, *, after: int = 0) -> list[int]:
        return [number for number in self._numbers if number > after]

    def unread(self) -> list[int]:
        return list(self._unread)

    def came_since(self, day: date) -> list[int]:
        return list(self._new)


def test_of_a_mailbox_that_was_never_read_those_unread_are_taken_and_all_after():
    assert to_take(Box(3, 7, 9, unread=[3, 9])) == [3, 9]
    assert MailboxProgress.objects.get().last_uid == 9
    assert to_take(Box(3, 7, 9, 10, unread=[3])) == [10, 3, 9]


@pytest.mark.parametrize(("new", "taken"), [([7, 9], [7, 9]), ([9], [9]), ([], [])])
def test_of_one_that_is_numbered_anew_what_came_since_the_first_reading_is_gone_through_again(new, taken):
    to_take(Box(41))
    assert to_take(Box(3, 7, 9, new=new, validity=2)) == taken
    assert MailboxProgress.objects.get().last_uid == (min(new) - 1 if new else 9)


def test_a_mail_that_cannot_be_stored_is_named_by_when_it_came_by_the_clock_here():
    builders.unit()
    for _ in range(2):
        ask_to_open(Box.name, 3, datetime(2027, 6, 8, 8, 20, tzinfo=UTC))
    assert "on Tuesday 8 June 2027 at 9:20am could not be stored" in Task.objects.get().says
    ask_to_open(Box.name, 4, None)
    assert "came to the mailbox could not be stored" in Task.objects.last().says
