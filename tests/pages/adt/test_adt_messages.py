"""The pages of what the hospital's records sent: whose it is, what it changed, what it asks, its words."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.access import Role
from patients.models import AccessEvent, Patient
from scheduling.adt.receiving import receive
from scheduling.models import AdtMessage, AdtState, Task
from scheduling.watch import alarms
from tests import builders
from tests.addresses import at
from tests.builders.hl7 import a31, a40, adt
from tests.reading import words_of_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def child(settings):
    settings.ADT_PORT = 2575
    found = builders.patient("Ada Lark")
    builders.contact(found)
    builders.course(found, builders.unit())
    return found


def sent(raw: bytes) -> AdtMessage:
    receive(raw, "morning.hl7")
    return AdtMessage.objects.order_by("pk").last()


def test_the_list_says_what_became_of_each_and_is_narrowed(client, nurse, child):
    sent(a31(child, name="Wren^Ada"))
    sent(a31(child, born="20100101"))
    sent(adt("A28", "PID|||X1^^^RXX^MR||Otter^Ola||20140101"))
    client.force_login(nurse)
    page = words_of_page(client.get(reverse("scheduling:list_adt")))
    assert "3 messages" in page
    for words in ("Changed", "A question", "Not ours", "Not here", "Ada Wren"):
        assert words in page
    assert AccessEvent.objects.get(page="scheduling:list_adt").seen == [child.pk]
    page = words_of_page(client.get(reverse("scheduling:list_adt") + "?state=not_ours"))
    assert "1 message" in page and "Person added" in page and "Ada Wren" not in page


def test_a_message_shows_what_it_asks_and_its_words_only_to_who_may(client, person, child):
    message = sent(a31(child, "NK1|1|Lark^Mia|MTH||07700 900555", address="7 New Lane^^Leeds", number="4711"))
    assert Task.objects.get().adt == message
    for role, sees in ((Role.NURSE, False), (Role.LEAD, True)):
        client.force_login(person(role))
        page = words_of_page(client.get(message.get_absolute_url()))
        assert "Home address: nothing → 7 New Lane, Leeds." in page
        assert "Mia Lark has the phone number 07700 900555 in the hospital’s records" in page
        assert "Message 4711 of PAS, RXX (morning.hl7)" in page
        assert ("NK1|1|Lark^Mia" in page) == sees
    task = words_of_page(client.get(Task.objects.get().get_absolute_url()))
    assert "See what they say" in task


def test_two_records_lead_to_the_page_that_compares_them(client, coordinator, child):
    other = builders.patient("Ada Lark")
    message = sent(a40(child, f"{other.hospital_number}^^^RXX^MR"))
    client.force_login(coordinator)
    there = f"{reverse('scheduling:merge_patient', args=[child.pk])}?with={other.pk}"
    assert there in client.get(message.get_absolute_url()).content.decode()
    form = client.get(there).context["form"]
    fields = {name: "ours" for name in form.fields if name != "seen"}
    assert client.post(there, fields | {"seen": form.initial["seen"]}).status_code == 302
    task = Task.objects.get()
    assert (task.done_by, task.done_note) == (coordinator.name, "The two records were made one.")
    assert "They are one record here by now." in words_of_page(client.get(message.get_absolute_url()))


def test_the_childs_page_names_what_the_hospital_changed(client, nurse, child, settings):
    message = sent(a31(child, name="Wren^Ada", address="7 New Lane^^Leeds"))
    client.force_login(nurse)
    response = client.get(child.get_absolute_url())
    page = words_of_page(response)
    assert "Home address: 7 New Lane, Leeds" in page
    assert "Name: Ada Lark → Ada Wren." in page
    assert message.get_absolute_url() in response.content.decode()
    assert reverse("scheduling:list_adt") in client.get(reverse("patients:find_patients")).content.decode()
    # A person may put it right; only who has an address is asked for one.
    change = client.get(reverse("patients:change_patient", args=[child.pk])).content.decode()
    assert 'value="7 New Lane, Leeds"' in change
    other = builders.patient("Bea Heron")
    assert (
        "Home address" not in client.get(reverse("patients:change_patient", args=[other.pk])).content.decode()
    )
    settings.ADT_PORT = 0
    assert "From the hospital’s records" not in words_of_page(client.get(child.get_absolute_url()))
    assert (
        reverse("scheduling:list_adt") not in client.get(reverse("patients:find_patients")).content.decode()
    )


def test_a_message_that_failed_is_tried_again_once(client, nurse, child):
    message = sent(a31(child, name="Wren^Ada"))
    Patient.objects.filter(pk=child.pk).update(name="Ada Lark")
    AdtMessage.objects.update(state=AdtState.FAILED, says="It broke down.")
    client.force_login(nurse)
    assert "Try again" in words_of_page(client.get(message.get_absolute_url()))
    page = words_of_page(client.post(at("retry_adt", message), follow=True))
    assert "It was looked at again: changed." in page
    page = words_of_page(client.post(at("retry_adt", message), follow=True))
    assert "applied already" in page


def test_of_two_messages_with_one_number_the_second_leads_to_the_first(client, nurse, child):
    first, second = (sent(a31(child, name=name, number="5")) for name in ("Wren^Ada", "Heron^Ada"))
    client.force_login(nurse)
    page = client.get(second.get_absolute_url())
    assert first.get_absolute_url() in page.content.decode()
    assert "Apply it all the same" in words_of_page(page)


def test_a_sensitive_child_asks_for_a_reason_first(client, nurse, child):
    message = sent(a31(child, name="Wren^Ada"))
    Patient.objects.filter(pk=child.pk).update(sensitive=True)
    client.force_login(nurse)
    assert client.get(message.get_absolute_url()).status_code == 302


def test_a_silence_is_an_alarm_only_where_somebody_said_after_how_long(
    settings, child, django_assert_num_queries
):
    now = timezone.now()
    with django_assert_num_queries(2):
        assert alarms.find_alarms(now) == ()
    settings.ADT_SILENT_HOURS = 24
    [alarm] = alarms.find_alarms(now)
    assert alarm.sentence.startswith("No message of the hospital’s records system has come yet")
    sent(a31(child))
    assert alarms.find_alarms(now) == ()
    [alarm] = alarms.find_alarms(now + timedelta(hours=25))
    assert "has come since" in alarm.sentence
