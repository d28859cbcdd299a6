"""Addresses of scheduling. A URL has the name of its view and of its template."""

from django.urls import include, path

from scheduling.pages.answers import received_mails
from scheduling.pages.booking import (
    allow_course,
    courses,
    done,
    find_slot,
    one_day_lost,
    shared_days,
    waiting_list,
)
from scheduling.pages.checklist import course_checklist
from scheduling.pages.tasks import task_pages
from scheduling.pages.telling import (
    attendance_letter,
    family_page_links,
    reminder_settings,
    sent_messages,
    told_by_person,
)
from scheduling.pages.unit import week_board
from scheduling.pages.visit import any_day, day_list, visit_page, week_of_visits

app_name = "scheduling"
urlpatterns = [
    path("board/", week_board.show_board, name="show_board"),
    path("board/month/", week_board.show_month, name="show_month"),
    path("board/chairs/<int:pk>/", week_board.show_place, name="show_place"),
    path("visits/", week_of_visits.list_visits, name="list_visits"),
    path("visits/day/", any_day.show_day, name="show_day"),
    path("visits/<int:pk>/", visit_page.show_visit, name="show_visit"),
    path("visits/<int:pk>/times/", visit_page.record_times, name="record_times"),
    path("visits/<int:pk>/outcome/", visit_page.record_outcome, name="record_outcome"),
    path("visits/<int:pk>/note/", visit_page.write_note, name="write_note"),
    path("visits/<int:pk>/cannula/", visit_page.add_cannula, name="add_cannula"),
    path("visits/<int:pk>/effects/", visit_page.add_effect, name="add_effect"),
    path("visits/<int:pk>/as-planned/", visit_page.go_on, name="go_on"),
    path("visits/cannula/<int:pk>/", visit_page.change_cannula, name="change_cannula"),
    path("visits/effects/<int:pk>/", visit_page.change_effect, name="change_effect"),
    path("visits/<int:pk>/press/", day_list.press_visit, name="press_visit"),
    path("visits/<int:pk>/undo/", day_list.undo_visit, name="undo_visit"),
    path("visits/<int:pk>/not-brought/", day_list.miss_visit, name="miss_visit"),
    path("visits/<int:pk>/start-anyway/", day_list.override_readiness, name="override_readiness"),
    path("readiness/", course_checklist.list_readiness, name="list_readiness"),
    path("courses/<int:pk>/readiness/", course_checklist.show_readiness, name="show_readiness"),
    path("courses/<int:pk>/readiness/press/", course_checklist.press_item, name="press_item"),
    path("courses/<int:pk>/readiness/check/", course_checklist.check_item, name="check_item"),
    path("waiting/", waiting_list.list_waiting, name="list_waiting"),
    path("children/<int:pk>/agree-a-course/", courses.agree_course, name="agree_course"),
    path("courses/<int:pk>/", courses.show_course, name="show_course"),
    path("courses/<int:pk>/change/", courses.change_course, name="change_course"),
    path("courses/<int:pk>/find-a-slot/", find_slot.find_slot, name="find_slot"),
    path("courses/<int:pk>/why-not-sooner/", find_slot.why_not_sooner, name="why_not_sooner"),
    path("courses/<int:pk>/check/", find_slot.check_slot, name="check_slot"),
    path("courses/<int:pk>/allow/", allow_course.allow_course, name="allow_course"),
    path("courses/<int:pk>/share-days/", shared_days.share_days, name="share_days"),
    path("courses/<int:pk>/part-days/", shared_days.part_days, name="part_days"),
    path("courses/<int:pk>/find-shared-days/", shared_days.find_shared, name="find_shared"),
    path("courses/<int:pk>/check-shared-days/", shared_days.check_shared, name="check_shared"),
    path("courses/<int:pk>/release-hold/", find_slot.release_hold, name="release_hold"),
    path("courses/<int:pk>/cancel/", courses.cancel_course, name="cancel_course"),
    path("courses/<int:pk>/attempts/", waiting_list.note_attempt, name="note_attempt"),
    path("courses/<int:pk>/ask-family/", reminder_settings.ask_family, name="ask_family"),
    path("courses/<int:pk>/send-invites/", courses.send_invites, name="send_invites"),
    path(
        "courses/<int:pk>/attendance-letter/", attendance_letter.attendance_letter, name="attendance_letter"
    ),
    path("courses/<int:pk>/told/", told_by_person.note_told, name="note_told"),
    path("courses/<int:pk>/letter/", told_by_person.print_letter, name="print_letter"),
    path("families-to-ring/", told_by_person.list_to_ring, name="list_to_ring"),
    path("courses/<int:pk>/done/", done.show_done, name="show_done"),
    path("visits/<int:pk>/cannot-happen/", one_day_lost.lose_day, name="lose_day"),
    path("visits/<int:pk>/leave-out/", one_day_lost.leave_out_day, name="leave_out_day"),
    path("visits/<int:pk>/another-time/", one_day_lost.move_day, name="move_day"),
    path("visits/<int:pk>/another-time/check/", one_day_lost.check_day, name="check_day"),
    path("family-pages/<int:pk>/renew/", family_page_links.renew_link, name="renew_link"),
    path("family-pages/<int:pk>/revoke/", family_page_links.revoke_link, name="revoke_link"),
    path("tasks/", task_pages.list_tasks, name="list_tasks"),
    path("tasks/<int:pk>/", task_pages.show_task, name="show_task"),
    path("tasks/<int:pk>/assign/", task_pages.assign_task, name="assign_task"),
    path("tasks/<int:pk>/put-off/", task_pages.put_off_task, name="put_off_task"),
    path("tasks/<int:pk>/finish/", task_pages.finish_task, name="finish_task"),
    path("", include("scheduling.urls.reviews")),
    path("units/", include("scheduling.urls.units")),
    path("mails/<int:pk>/", received_mails.show_mail, name="show_mail"),
    path("mails/<int:pk>/download/", received_mails.download_mail, name="download_mail"),
    path("mails/<int:pk>/answer/", received_mails.answer_mail, name="answer_mail"),
    path("mails/<int:pk>/whose/", received_mails.place_mail, name="place_mail"),
    path("mails/<int:pk>/nothing-to-do/", received_mails.settle_mail, name="settle_mail"),
    path("messages/", sent_messages.list_messages, name="list_messages"),
    path("messages/<int:pk>/", sent_messages.show_message, name="show_message"),
    path("messages/<int:pk>/download/", sent_messages.download_message, name="download_message"),
    path("messages/<int:pk>/send-again/", sent_messages.resend_message, name="resend_message"),
]
