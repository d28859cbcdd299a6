"""Old mails take less room, and are read as the bytes that were sent."""

import zlib
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.db import connection

from scheduling.booking import bookings
from scheduling.models import Message
from scheduling.models.packed import KNOWN_MAIL, MARK, _known, packed, unpacked
from scheduling.states import MessageStatus
from scheduling.telling import resend
from scheduling.telling.delivery import deliver_due
from scheduling.telling.packing import OLD, pack_old
from tests import builders
from tests.builders.messages import NOW, a_message, a_session, fresh
from tests.fakes.post import Post
from tests.ical.samples import a_mail

pytestmark = pytest.mark.django_db

LATER = NOW + OLD + timedelta(days=1)


def stored(message: Message) -> bytes:
    """What lies in the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT mime FROM scheduling_message WHERE id = %s", [message.pk])
        return bytes(cursor.fetchone()[0])


def an_old_mail(**fields) -> Message:
    sent = {"status": MessageStatus.SENT, "sent_at": NOW, "attempts": 1, "created_at": NOW}
    message = a_message(a_session(starts_at=LATER + timedelta(days=7)), **{**sent, **fields})
    # As earlier versions stored it.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_message SET mime = %s WHERE id = %s", [a_mail(), message.pk])
    Message.objects.filter(pk=message.pk).update(is_packed=False)
    return fresh(message)


def test_a_new_mail_is_packed_as_it_is_stored_and_read_as_it_was_written():
    sent = a_mail()
    message = a_message()
    message.mime = sent
    message.save(update_fields=["mime"])
    assert stored(message).startswith(MARK) and len(stored(message)) < len(sent) / 2
    assert bytes(fresh(message).mime) == sent and fresh(message).is_packed
    Message.objects.filter(pk=message.pk).update(mime=sent + b"\r\n")
    assert stored(message).startswith(MARK) and bytes(fresh(message).mime) == sent + b"\r\n"


def test_an_old_mail_is_packed_once_and_read_as_it_was_sent(client, coordinator):
    message = an_old_mail()
    sent = bytes(message.mime)
    assert not pack_old(now=NOW + OLD)
    done = pack_old(now=LATER)
    assert (done.mails, done.saved) == (1, len(sent) - len(stored(message)))
    assert not pack_old(now=LATER)
    assert stored(message).startswith(MARK)
    assert len(stored(message)) < len(sent) / 2
    assert bytes(fresh(message).mime) == sent
    client.force_login(coordinator)
    assert client.get(f"{message.get_absolute_url()}download/").content == sent


def test_a_mail_that_waits_is_not_packed_and_a_packed_one_can_be_sent_again(coordinator):
    waits = an_old_mail(status=MessageStatus.QUEUED, sent_at=None)
    failed = an_old_mail(status=MessageStatus.FAILED, sent_at=None)
    mime = bytes(failed.mime)
    assert pack_old(now=LATER).mails == 1
    assert not stored(waits).startswith(MARK)
    Message.objects.filter(pk=waits.pk).delete()
    with time_machine.travel(LATER, tick=False):
        resend.send_again(message=fresh(failed), by=coordinator)
    assert (bytes(fresh(failed).mime), fresh(failed).is_packed) == (mime, True)
    post = Post()
    deliver_due(now=LATER, transport=post)
    assert post.sent == [mime]


def test_what_is_small_or_strange_comes_back_as_it_was():
    for mime in (b"", b"x", b"\x00", MARK, MARK + b"not packed", bytes(range(256)) * 3):
        if not mime.startswith(MARK):
            assert unpacked(packed(mime)) == mime
    assert packed(b"x") == b"x"


@pytest.mark.parametrize(
    "odd",
    [
        b"\x00",
        # Lines of base64 as we never write them: other ends, a last bit that is set, no bits at all, words.
        b64encode(bytes(57)) + b"\n" + b64encode(b"rest") + b"\n",
        b64encode(bytes(57)) + b"\r\nQR==\r\n",
        b64encode(bytes(57)) + b"\r\n====\r\n",
        b64encode(bytes(57)) + b"\r\nQ\r\n",
        b"A" * 76 + b"\r\n" + b"and then words\r\n",
        b64encode(bytes(200)) + b"\r\n",
        b"\r\n".join([b64encode(b"%d" % n * 57) for n in range(3)]),
    ],
    ids=range(8),
)
def test_a_mail_with_anything_odd_in_it_comes_back_to_the_last_byte(odd):
    for mime in (odd, a_mail() + odd, odd + a_mail(), a_mail()[:500] + odd * 2 + a_mail()[500:]):
        assert unpacked(packed(mime)) == mime


def test_what_was_packed_before_is_still_read():
    assert unpacked(b"\x00z1\x00" + zlib.compress(b"as it was sent")) == b"as it was sent"


def test_a_packed_mail_that_lacks_its_end_is_not_taken_for_a_shorter_one():
    made = packed(a_mail())
    for missing in (1, 4, 20, len(made) // 2):
        with pytest.raises(zlib.error):
            unpacked(made[:-missing])


def test_a_whole_mail_takes_a_tenth_of_its_size(coordinator):
    course = builders.course(builders.patient(), builders.unit())
    builders.contact(course.patient)
    visits = builders.visits(course, builders.next_monday(2))
    bookings.book(course=course, visits=visits, by=coordinator)
    for message in Message.objects.all():
        assert len(stored(message)) < len(message.mime) / 10
    assert len(visits) == Message.objects.count()


def test_nothing_is_packed_with_a_known_mail_that_was_changed_on_the_way(monkeypatch, tmp_path):
    changed = tmp_path / "known_mail_2.bin"
    changed.write_bytes(KNOWN_MAIL.read_bytes().replace(b"\r\n", b"\n"))
    monkeypatch.setattr("scheduling.models.packed.KNOWN_MAIL", changed)
    _known.cache_clear()
    with pytest.raises(RuntimeError, match="is not as it came"):
        _known()


def test_the_mail_that_packing_knows_never_changes():
    """What was packed with it could not be read any more. A better one gets another name and mark."""
    digest = "98a0409b94d9a6ba3d0100dbeb114af13710cc0abae3302e9503cb08450ebbde"
    assert sha256(KNOWN_MAIL.read_bytes()).hexdigest() == digest
