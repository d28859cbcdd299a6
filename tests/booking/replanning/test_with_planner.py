"""From closed days to new ones with the real planner: nobody else moves, or one does and saves a course."""

from datetime import timedelta

from django.utils import timezone

from scheduling.booking import sharing
from scheduling.booking.drafts import accepting, working
from scheduling.booking.replanning import asking, moving
from scheduling.booking.replanning.line_states import load_states
from scheduling.doctor.breaches import find_breaches
from scheduling.models import Accept, Course, Draft, LeftOutWhy, Session, SharedBecause
from tests import builders
from tests.replans import close


def test_a_course_that_only_another_ones_move_can_save_is_saved(db, monday, coordinator, lead):
    """Ada has to begin by Thursday; on Thursday and Friday Cat has the only chair, too long for both."""
    unit = builders.unit(chairs=1)
    thursday = monday + timedelta(days=3)
    ada = builders.book(unit, monday, coordinator, minutes=360, earliest=monday, latest=thursday)
    cat = builders.book(unit, thursday, coordinator, name="Cat Wren", minutes=360)
    close(unit, monday, lead, days=3)
    stood = [session.day for session in cat.live_sessions]

    draft = asking.ask(unit=unit, by=coordinator)
    assert working.work_out(draft.pk).endswith(": ready.")
    draft = Draft.objects.get(pk=draft.pk)
    alone, with_cat = draft.figures["options"]
    assert (alone["others"], alone["lost"]) == (0, 1)
    assert (with_cat["others"], with_cat["lost"]) == (1, 0)
    (lost,) = load_states(draft, 0, timezone.now())
    assert lost.visits == []
    assert lost.line.sentence
    states = {state.course.pk: state for state in load_states(draft, 1, timezone.now())}
    assert [line.course_id for line in states[ada.pk].needs] == [cat.pk]
    assert states[cat.pk].needs == ()

    keys = [state.line.pk for state in states.values()]
    moving.accept(draft=draft, option=1, lines=keys, how=Accept.MOVE, by=coordinator)
    accepting.make_real()
    assert [session.day for session in Course.objects.get(pk=ada.pk).live_sessions] == stood
    assert set(Session.objects.values_list("sequence", flat=True)) == {1}
    assert list(find_breaches(timezone.now())) == []


def test_who_was_linked_after_it_was_asked_is_left_to_a_person(hit, unit, coordinator):
    """Another draft was being worked out, so this one waited."""
    ada, ben = hit
    draft = asking.ask(unit=unit, by=coordinator)
    sharing.link(course=ada, other=ben, because=SharedBecause.SIBLINGS, by=coordinator)
    assert working.work_out(draft.pk).endswith(": ready.")
    found = {line.course: (line.why, line.proposed) for line in draft.lines.all()}
    assert found == dict.fromkeys(hit, (LeftOutWhy.SHARED, []))


def test_a_family_is_never_given_a_day_of_which_it_hears_too_late(hit, unit, coordinator):
    """No worker ran over night, so what was tomorrow is today."""
    today = timezone.localdate()
    Course.objects.update(latest=today, minutes=240)
    draft = asking.ask(unit=unit, by=coordinator)
    Draft.objects.update(first_day=today)
    assert working.work_out(draft.pk).endswith(": ready.")
    assert [line.proposed for line in draft.lines.all()] == [[], []]
