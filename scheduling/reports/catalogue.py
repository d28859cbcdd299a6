"""Every report, in the order of the page, each with its definition in plain words."""

from scheduling.reports.care import draw_lengths, draw_reactions
from scheduling.reports.changes import draw_losses, draw_overrides
from scheduling.reports.report import Report
from scheduling.reports.room import draw_hours, draw_lost_pairs
from scheduling.reports.told import draw_answered, draw_told
from scheduling.reports.waits import draw_intervals, draw_waiting

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        Report(
            "hours",
            "Chair-hours and nurse-hours",
            "Hours open, booked and used. Open: opening hours times chairs, and the hours of the nurses "
            "on. Booked: how long courses have a chair, and how many nurses their children need by the "
            "unit’s rule. Used: from arrival until the child left, or the drip ended if leaving was not "
            "recorded.",
            "All open days of the month as the diary stands now. Days that are only held count as booked."
            " The priority narrows what is booked and used, not what is open or taken by others.",
            "Chairs that are no longer in use are not open. Days without recorded times are not used. "
            "Nurses for other infusions are not counted.",
            draw_hours,
        ),
        Report(
            "lost-pairs",
            "Lost pairs",
            "Open days that have room for a visit of 4 hours but cannot be part of a course of two days, "
            "because the day before and the day after are full. The booking rules decide it, as on the "
            "week board.",
            "All open days of the month as the diary stands now. A day that is over is judged as if it "
            "were still to come.",
            "Places kept back and the family’s notice are left out of account. Days lost because the unit"
            " is closed on both sides stand in a column of their own. The priority does not matter.",
            draw_lost_pairs,
        ),
        Report(
            "waiting",
            "Waiting",
            "Days from the day a course was agreed to its first day. Half waited no longer than the "
            "median, nine in ten no longer than the next figure. Overdue: the clinician’s latest first "
            "day had passed on the last day of the month, and the course had not begun.",
            "Courses whose first day, booked or given, is in the month. Overdue counts all courses, "
            "whenever they begin.",
            "Days that are only held, and courses that were cancelled. Overdue leaves out courses without"
            " a latest date, and months that are not over.",
            draw_waiting,
        ),
        Report(
            "changes",
            "Cancelled, moved and not brought",
            "Each cancellation and each move of a whole course, with its reason, and each day on which a "
            "child was not brought. Side: whose reason it was; neither if it was no longer needed, was "
            "treated elsewhere or was entered by mistake. Notice: days from the act to the first day that"
            " was booked then.",
            "What was done in the month; for not brought, the days in the month. A course moved twice "
            "counts twice.",
            "What was undone with “Undo”, and one day of a course that was lost or given at another time.",
            draw_losses,
        ),
        Report(
            "intervals",
            "Intervals between courses",
            "Weeks from the last given day of a child’s course to the first given day of the next.",
            "Courses whose first given day is in the month, if the child had a course before, in "
            "whichever unit.",
            "Courses given before the unit used this service, and days that were not given.",
            draw_intervals,
        ),
        Report(
            "lengths",
            "Agreed and actual hours",
            "Hours agreed for the cannulation and the drip, and hours from the cannula (or else the start"
            " of the drip) to its end, by whether it was the child’s first course, second and so on.",
            "Days in the month that were given in full and have both times recorded.",
            "Days given in part, time before the cannulation and after the drip, and courses given before"
            " the unit used this service.",
            draw_lengths,
        ),
        Report(
            "overrides",
            "Rules broken by permission",
            "How often somebody let a course or another infusion break a rule, by rule.",
            "Permissions given in the month. One booking that breaks two rules counts for each.",
            "Rules that cannot be broken. A permission counts even if the course was moved or cancelled "
            "later.",
            draw_overrides,
        ),
        Report(
            "reactions",
            "First and later courses with reactions",
            "Courses, and how many of them had at least one reaction recorded, by kind. A course with two"
            " kinds counts for both, and once as “with a reaction”.",
            "Courses whose first given day is in the month. First: agreed as the child’s first course.",
            "What was not recorded as a reaction on a visit, such as what families say in a check-in.",
            draw_reactions,
        ),
        Report(
            "told",
            "Told within how long",
            "Time from booking the first day of a course to the first invite that was sent, or to the "
            "first time a person told the family.",
            "Courses whose first day, booked or given, is in the month.",
            "Days that are only held or were cancelled, invites that failed or came back, and what the "
            "family was told of an earlier booking.",
            draw_told,
        ),
        Report(
            "answered",
            "Answered before the visit",
            "Days whose invite had at least one answer before the visit began, and what the last of them "
            "said.",
            "Booked or given days in the month for which an invite was sent. Of days to come: so far.",
            "Days without an invite, cancelled days, and what families said by phone.",
            draw_answered,
        ),
    )
}
