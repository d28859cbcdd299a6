"""After the mail server has refused everything, one press sends all of it again."""

import pytest
import time_machine
from django.urls import reverse

from scheduling.models import Message, Task
from scheduling.states import MessageStatus
from scheduling.telling.delivery import deliver_due
from scheduling.telling.transport import TransportError
from tests.builders.messages import NOW, a_message
from tests.fakes.post import Post

REFUSED = TransportError("The mail server did not take the mail (its answer was 554).", permanent=True)


@pytest.fixture
def failed(db):
    """Two mails to families, and one to a child whose messages have been restricted since."""
    with time_machine.travel(NOW, tick=False):
        messages = [a_message() for _ in range(3)]
        deliver_due(transport=Post(fault=REFUSED))
        child = messages[2].course.patient
        type(child).objects.filter(pk=child.pk).update(restricted=True, restricted_because="Court order")
        yield messages


def test_all_that_failed_is_sent_again_in_one_press_and_what_cannot_be_is_said(client, coordinator, failed):
    client.force_login(coordinator)
    page = client.get(reverse("scheduling:list_messages")).content.decode()
    assert "3 mails about visits to come could not be sent." in page
    answer = client.post(reverse("scheduling:resend_failed"), follow=True).content.decode()
    assert "2 mails leave within a minute." in answer
    assert "To Pat Parent: Nothing is sent there now: messages about this child are restricted." in answer
    post = Post()
    deliver_due(transport=post)
    assert len(post.mails) == 2
    assert not Task.objects.open().exclude(message=failed[2]).exists(), "nobody has to ring any more"
    statuses = Message.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == [MessageStatus.SENT, MessageStatus.SENT, MessageStatus.FAILED]
    assert "1 mail about visits to come could not be sent." in answer


def test_only_who_may_book_is_offered_it_and_without_a_failed_mail_nobody(client, coordinator, nurse, db):
    client.force_login(coordinator)
    assert "could not be sent. If" not in client.get(reverse("scheduling:list_messages")).content.decode()
    answer = client.post(reverse("scheduling:resend_failed"), follow=True).content.decode()
    assert "No mail about a visit to come is left that could not be sent." in answer
    client.force_login(nurse)
    assert client.post(reverse("scheduling:resend_failed")).status_code == 403
