"""Addresses of scheduling. A URL name is its view's name and its template's."""

from django.urls import include, path

from scheduling.views import (
    board,
    booking,
    courses,
    day,
    done,
    lost_days,
    messages,
    tasks,
    visits,
    waiting,
)

app_name = "scheduling"
urlpatterns = [
    path("board/", board.show_board, name="show_board"),
    path("board/month/", board.show_month, name="show_month"),
    path("board/chairs/<int:pk>/", board.show_place, name="show_place"),
    path("visits/", visits.list_visits, name="list_visits"),
    path("visits/<int:pk>/press/", day.press_visit, name="press_visit"),
    path("visits/<int:pk>/undo/", day.undo_visit, name="undo_visit"),
    path("visits/<int:pk>/not-brought/", day.miss_visit, name="miss_visit"),
    path("waiting/", waiting.list_waiting, name="list_waiting"),
    path("children/<int:pk>/agree-a-course/", courses.agree_course, name="agree_course"),
    path("courses/<int:pk>/", courses.show_course, name="show_course"),
    path("courses/<int:pk>/change/", courses.change_course, name="change_course"),
    path("courses/<int:pk>/find-a-slot/", booking.find_slot, name="find_slot"),
    path("courses/<int:pk>/why-not-sooner/", booking.why_not_sooner, name="why_not_sooner"),
    path("courses/<int:pk>/check/", booking.check_slot, name="check_slot"),
    path("courses/<int:pk>/release-hold/", booking.release_hold, name="release_hold"),
    path("courses/<int:pk>/cancel/", courses.cancel_course, name="cancel_course"),
    path("courses/<int:pk>/attempts/", waiting.note_attempt, name="note_attempt"),
    path("courses/<int:pk>/send-invites/", courses.send_invites, name="send_invites"),
    path("courses/<int:pk>/done/", done.show_done, name="show_done"),
    path("visits/<int:pk>/cannot-happen/", lost_days.lose_day, name="lose_day"),
    path("visits/<int:pk>/leave-out/", lost_days.leave_out_day, name="leave_out_day"),
    path("visits/<int:pk>/another-time/", lost_days.move_day, name="move_day"),
    path("visits/<int:pk>/another-time/check/", lost_days.check_day, name="check_day"),
    path("tasks/", tasks.list_tasks, name="list_tasks"),
    path("tasks/<int:pk>/", tasks.show_task, name="show_task"),
    path("tasks/<int:pk>/assign/", tasks.assign_task, name="assign_task"),
    path("tasks/<int:pk>/put-off/", tasks.put_off_task, name="put_off_task"),
    path("tasks/<int:pk>/finish/", tasks.finish_task, name="finish_task"),
    path("", include("scheduling.urls.reviews")),
    path("units/", include("scheduling.urls.units")),
    path("messages/", messages.list_messages, name="list_messages"),
    path("messages/<int:pk>/", messages.show_message, name="show_message"),
    path("messages/<int:pk>/download/", messages.download_message, name="download_message"),
]
