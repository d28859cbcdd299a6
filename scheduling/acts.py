"""Every act of this app that is logged, with its words; `record` writes one to the log."""

from collections.abc import Mapping
from enum import unique
from typing import Any

from django.db.models import Model

from patients import audit
from patients.acts import Detail, Fields, Kind, LoggedAct, register

ADDED, CHANGED, REMOVED = Fields.ADDED, Fields.CHANGED, Fields.REMOVED

DAYS = {"days": Detail("Days", Kind.DAYS)}
DAYS_MOVED = {"days": Detail("Days", Kind.DAYS, changes=True)}
REASON = {"reason": Detail("Reason")}
DECIDED = {"decided": Detail("Decided by")}
TO = {"to": Detail("To")}
TO_NAMES = {"to": Detail("To", Kind.NAMES)}
CONTACT = {"contact": Detail("Contact")}
ITEM = {"item": Detail("Item")}
AT = {"at": Detail("At", Kind.MOMENT)}
OF_UNITS = {"units": Detail("Units", Kind.NAMES, changes=True, nothing="every unit", optional=True)}
TOLD = {"to": Detail("To"), "what": Detail("What")}
SITES = {"sites": Detail("Active sites", Kind.NAMES, changes=True, nothing="none")}
FAMILY_DATES = {
    "impossible_dates": Detail(
        "Dates they cannot do", Kind.RANGES, changes=True, nothing="nothing", optional=True
    )
}
STATUS = Detail("Status", changes=True, optional=True)
THEN = Detail(
    "Then", optional=True, labels={"Waiting": "back to the waiting list", "Cancelled": "course ended"}
)


@register
@unique
class Act(LoggedAct):
    """The acts of this app. Each is named after its text in the log: COURSE_DAY_LOST is `course.day_lost`."""

    # What was agreed, and the days of the course.
    COURSE_ADDED = "course.added", "{who} agreed this course", "Agreed", {}, ADDED
    COURSE_CHANGED = (
        "course.changed",
        "{who} changed what was agreed about this course",
        "What was agreed was changed",
        {},
        CHANGED,
    )
    COURSE_REMOVED = "course.removed", "{who} took this course out again", "Taken out again", {}, REMOVED
    COURSE_IMPOSSIBLE_DATES_CHANGED = (
        "course.impossible_dates_changed",
        "{who} changed the dates that the family cannot do",
        "The family’s dates were changed",
        {"impossible_dates": Detail("Dates the family cannot do", Kind.RANGES, changes=True)},
    )
    CHASENOTE_ADDED = (
        "chasenote.added",
        "{who} noted a try to settle what is left or due",
        "Try noted",
        {},
        ADDED,
    )
    LANGUAGEAPPROVAL_ADDED = (
        "languageapproval.added",
        "{who} noted who approved the draft of a language",
        "Draft of a language approved",
        {},
        ADDED,
    )
    LANGUAGEAPPROVAL_CHANGED = (
        "languageapproval.changed",
        "{who} took the approval of a language back",
        "Approval taken back",
        {},
        CHANGED,
    )
    CHILDLIMITS_ADDED = (
        "childlimits.added",
        "{who} wrote down when the family cannot come",
        "Written down",
        FAMILY_DATES,
        ADDED,
    )
    CHILDLIMITS_CHANGED = (
        "childlimits.changed",
        "{who} changed when the family cannot come",
        "Changed",
        FAMILY_DATES,
        CHANGED,
    )
    COURSE_BOOKED = "course.booked", "{who} booked this course", "Booked[: {days}]", DAYS
    COURSE_MOVED = (
        "course.moved",
        "{who} moved this course",
        "Moved[ from {days.before} to {days.after}][ ({reason})]",
        DAYS_MOVED | REASON,
    )
    COURSE_REFITTED = (
        "course.refitted",
        "{who} changed how long the days of this course last",
        "Other times at the same start[, from {days.before} to {days.after}]",
        DAYS_MOVED,
    )
    COURSE_CANCELLED = (
        "course.cancelled",
        "{who} cancelled this course",
        "Cancelled[, {then}][ ({reason})]",
        DAYS_MOVED | REASON | {"then": THEN},
    )
    COURSE_HELD = (
        "course.held",
        "{who} held days for this course",
        "Held[: {days}]",
        DAYS | {"held_until": Detail("Held until", Kind.MOMENT)},
    )
    COURSE_RULE_OVERRIDDEN = (
        "course.rule_overridden",
        "{who} let this course break a rule",
        "Allowed against a rule[: {rules}][ ({reason})]",
        {"rules": Detail("Rules broken", Kind.NAMES)} | REASON,
    )
    COURSE_SHARED = (
        "course.shared",
        "{who} linked this course with another, to share the days",
        "Shares the days[ with {with}][ ({reason!l})]",
        {"with": Detail("With", Kind.NAMES)} | REASON,
    )
    COURSE_PARTED = (
        "course.parted",
        "{who} ended the link of this course with another",
        "Shares the days no more[ with {with}][. Decided by {decided}]",
        {"with": Detail("With", Kind.NAMES)} | DECIDED,
    )
    COURSE_HOLD_RELEASED = (
        "course.hold_released",
        "{who} released the hold on this course",
        "Hold released[: {days}]",
        DAYS,
    )
    COURSE_HOLD_LAPSED = "course.hold_lapsed", "The hold on this course lapsed", "Hold lapsed[: {days}]", DAYS
    COURSE_PAUSED = (
        "course.paused",
        "{who} paused this course",
        "Paused[ until {until}][ ({reason})]",
        {"until": Detail("Until", Kind.DAY)} | REASON,
    )
    COURSE_PAUSE_ENDED = ("course.pause_ended", "{who} ended the pause of this course", "Pause ended")
    COURSE_UNDONE = (
        "course.undone",
        "{who} undid the last change of this course",
        "Undone[: the {what}]",
        {"what": Detail("What was undone")} | DAYS_MOVED,
    )
    COURSE_DAY_LOST = (
        "course.day_lost",
        "{who} reported that a day of this course cannot happen",
        "A day cannot happen[: day {day}][ ({reason})]",
        {"day": Detail("Day of the course", Kind.NUMBER)} | REASON,
    )
    COURSE_DAY_LEFT_OUT = (
        "course.day_left_out",
        "{who} left a day of this course out",
        "A day was left out[: {days.before}][ ({reason})][. Decided by {decided}]",
        DAYS_MOVED | REASON | DECIDED,
    )
    COURSE_DAY_MOVED = (
        "course.day_moved",
        "{who} gave a day of this course at another time",
        "A day was put at another time[ from {days.before} to {days.after}][ ({reason})]"
        "[. Decided by {decided}]",
        DAYS_MOVED | REASON | DECIDED,
    )

    COURSE_CHAIR_CHANGED = (
        "course.chair_changed",
        "{who} changed the chair of a day of this course",
        "Another chair[: {days.after}, was {days.before}]",
        DAYS_MOVED,
    )

    # What the family is told, and what it says.
    COURSE_INVITES_SENT = (
        "course.invites_sent",
        "{who} sent the invites of this course",
        "Invites sent[: {to}]",
        TO_NAMES,
    )
    COURSE_ENTRIES_FOLLOWED = (
        "course.entries_followed",
        "{who} changed where the mails of this course go",
        "Mails after another address or permission[: {to}]",
        TO | {"mails": Detail("Mails", Kind.NUMBER)},
    )
    COURSE_TOLD = (
        "course.told",
        "{who} told the family of the days of this course",
        "Told the family[: {to}, {way!l}, of {of}]",
        TO | {"way": Detail("How"), "of": Detail("Of")},
    )
    COURSE_CONTACT_ATTEMPTED = (
        "course.contact_attempted",
        "{who} tried to reach the family",
        "Tried to reach the family[: {outcome!l}]",
        {"outcome": Detail("What came of it"), "note": Detail("Note")},
    )
    COURSE_DAYS_ASKED = (
        "course.days_asked",
        "{who} asked the family for the days they cannot do",
        "Asked the family for the days they cannot do",
        TO_NAMES,
    )
    COURSE_OFFERED = (
        "course.offered",
        "{who} asked the family whether days are good",
        "Asked the family whether days are good[: {days}]",
        DAYS | TO_NAMES | {"until": Detail("To be answered by", Kind.MOMENT)},
    )
    COURSE_OFFER_ANSWERED = (
        "course.offer_answered",
        "{who} answered about the days offered",
        "The family answered about the days offered[: {answer!l}]",
        DAYS | {"answer": Detail("Answer")},
    )
    COURSE_FAMILY_ASKED = (
        "course.family_asked",
        "{who} asked or told something",
        "The family asked or told something on its page[: {what!l}]",
        {"what": Detail("What")},
    )
    COURSE_CHECKED_IN = "course.checked_in", "{who} said how it went", "The family said how it went"
    COURSE_PAGE_RENEWED = (
        "course.page_renewed",
        "{who} gave the family’s page a new address",
        "New address for the family’s page[: {contact}]",
        CONTACT,
    )
    COURSE_PAGE_REVOKED = (
        "course.page_revoked",
        "{who} closed the family’s page",
        "The family’s page was closed[: {contact}]",
        CONTACT,
    )
    MESSAGE_QUEUED = "message.queued", "{who} wrote this message", "Written", {"kind": Detail("Kind")}
    MESSAGE_SENT = "message.sent", "This message was sent", "Sent", {}, CHANGED
    MESSAGE_PUT_OFF = "message.put_off", "This message was put off", "Put off", {}, CHANGED
    MESSAGE_FAILED = "message.failed", "This message could not be sent", "Could not be sent", {}, CHANGED
    MESSAGE_WITHHELD = "message.withheld", "This message was withheld", "Withheld", {}, CHANGED
    MESSAGE_RETURNED = (
        "message.returned",
        "This message came back",
        "Came back[: {problem}]",
        {"problem": Detail("Problem", optional=True)},
        CHANGED,
    )
    MESSAGE_SENT_AGAIN = (
        "message.sent_again",
        "{who} sent this message again",
        "Sent again",
        {"as": Detail("As", Kind.ROW, model="scheduling.Message")},
        CHANGED,
    )
    MAIL_TAKEN = (
        "mail.taken",
        "This mail was read",
        "Taken[: {outcome!l}]",
        {"outcome": Detail("What it is"), "why": Detail("Why")},
    )
    MAIL_PUT_TO_COURSE = "mail.put_to_course", "{who} put this mail to a course", "Put to a course"
    REPLY_RECORDED = (
        "reply.recorded",
        "{who} recorded this reply",
        "Recorded[: {answer!l}]",
        {"answer": Detail("Answer")} | DAYS | TO,
    )

    # What happens at a visit.
    SESSION_ARRIVED = "session.arrived", "{who} recorded that the child arrived", "Arrived", AT
    SESSION_STARTED = "session.started", "{who} recorded that the drip started", "Drip started", AT
    SESSION_FINISHED = "session.finished", "{who} recorded that the visit is finished", "Drip finished", AT
    SESSION_NOT_BROUGHT = (
        "session.not_brought",
        "{who} recorded that the child was not brought",
        "Was not brought[ ({reason!l})]",
        REASON | {"chair": Detail("Chair", Kind.ROW, model="scheduling.Chair")},
    )
    SESSION_TAKEN_BACK = (
        "session.taken_back",
        "{who} took back what was recorded",
        "Taken back",
        {"status": STATUS},
        CHANGED,
    )
    SESSION_TIMES_RECORDED = (
        "session.times_recorded",
        "{who} recorded times of this visit",
        "Times[ ({fields})]",
        {"status": STATUS},
        CHANGED,
    )
    SESSION_OUTCOME_RECORDED = (
        "session.outcome_recorded",
        "{who} recorded how much was given",
        "Outcome recorded[ ({fields})]",
        {"status": STATUS},
        CHANGED,
    )
    SESSION_NOTE_WRITTEN = (
        "session.note_written",
        "{who} wrote the note of this visit",
        "Note written",
        {},
        CHANGED,
    )
    SESSION_GOES_ON = (
        "session.goes_on",
        "{who} recorded that this day is given as planned",
        "Given as planned[. Decided by {decided}]",
        DECIDED,
    )
    CANNULAATTEMPT_ADDED = (
        "cannulaattempt.added",
        "{who} recorded this try at the cannula",
        "Recorded",
        {},
        ADDED,
    )
    CANNULAATTEMPT_CHANGED = (
        "cannulaattempt.changed",
        "{who} put this try at the cannula right",
        "Put right[ ({fields})]",
        {},
        CHANGED,
    )
    CANNULAATTEMPT_REMOVED = (
        "cannulaattempt.removed",
        "{who} took this try at the cannula out",
        "Taken out",
        {},
        REMOVED,
    )
    ADVERSEEFFECT_ADDED = (
        "adverseeffect.added",
        "{who} recorded this adverse effect",
        "Recorded",
        {},
        ADDED,
    )
    ADVERSEEFFECT_CHANGED = (
        "adverseeffect.changed",
        "{who} put this adverse effect right",
        "Put right[ ({fields})]",
        {},
        CHANGED,
    )
    ADVERSEEFFECT_REMOVED = (
        "adverseeffect.removed",
        "{who} took this adverse effect out",
        "Taken out",
        {},
        REMOVED,
    )
    CHECK_TICKED = "check.ticked", "{who} ticked this", "Ticked[: {item}]", ITEM, CHANGED
    CHECK_TAKEN_BACK = (
        "check.taken_back",
        "{who} took this tick back",
        "Tick taken back[: {item}]",
        ITEM,
        CHANGED,
    )
    OVERRIDE_ADDED = (
        "override.added",
        "{who} recorded who answers for what is missing",
        "Started without[: {missing}][. Decided by {decided}][: {reason}]",
        {"day": Detail("Day of the course", Kind.NUMBER), "missing": Detail("Missing", Kind.NAMES)}
        | REASON
        | DECIDED,
    )

    ADTMESSAGE_TRIED_AGAIN = (
        "adtmessage.tried_again",
        "{who} had this message applied again",
        "Applied again",
        {},
    )

    # What needs a person.
    TASK_OPENED = "task.opened", "{who} opened this task", "Opened", {"task": Detail("Task")}
    TASK_CHANGED = "task.changed", "{who} changed what is to do", "Changed what is to do", {}, CHANGED
    TASK_ASSIGNED = (
        "task.assigned",
        "{who} changed who does this task",
        "Changed who does it[: {owner.after}]",
        {"owner": Detail("Who does it", changes=True, nothing="nobody")},
    )
    TASK_PUT_OFF = (
        "task.put_off",
        "{who} changed when this task is due",
        "Changed the due date[: {due_on.after}]",
        {"due_on": Detail("Due", Kind.DAY, changes=True)},
    )
    TASK_DONE = (
        "task.done",
        "{who} marked this task as done",
        "Done[: {note}]",
        {"task": Detail("Task"), "note": Detail("What was done")},
    )
    TASK_REOPENED = (
        "task.reopened",
        "{who} opened this task again",
        "Opened again",
        {"task": Detail("Task")},
    )

    # The history of a child.
    REVIEW_ADDED = "review.added", "{who} recorded this review", "Recorded", {}, ADDED
    REVIEW_CHANGED = "review.changed", "{who} corrected this review", "Corrected", {}, CHANGED
    RESULTSIMPORT_TAKEN_IN = (
        "resultsimport.taken_in",
        "{who} took in this file of results",
        "Taken in[: {results} lines]",
        {"results": Detail("Lines", Kind.NUMBER)},
    )
    RESULTSIMPORT_UNDONE = (
        "resultsimport.undone",
        "{who} undid this import of results",
        "Undone[: {results} reviews][ ({reason})]",
        {"results": Detail("Reviews", Kind.NUMBER)} | REASON,
    )
    SPREADSHEETIMPORT_CONFIRMED = (
        "spreadsheetimport.confirmed",
        "{who} confirmed this spreadsheet",
        "Confirmed[: {file}][, {lines} lines]",
        {"file": Detail("File"), "lines": Detail("Lines", Kind.NUMBER)},
    )
    SPREADSHEETIMPORT_TAKEN_IN = (
        "spreadsheetimport.taken_in",
        "{who} took in this spreadsheet",
        "Taken in[: {lines} lines]",
        {"lines": Detail("Lines", Kind.NUMBER)},
    )
    SPREADSHEETIMPORT_TAKEN_BACK = (
        "spreadsheetimport.taken_back",
        "{who} took this spreadsheet back",
        "Taken back[ ({reason})]",
        {"reason": Detail("Reason"), "stay": Detail("Lines that stay", Kind.NUMBER)},
    )
    REVIEW_SITES_ADDED = (
        "review.sites_added",
        "{who} recorded the active sites",
        "Active sites recorded",
        SITES,
    )
    REVIEW_SITES_CHANGED = (
        "review.sites_changed",
        "{who} corrected the active sites",
        "Active sites corrected",
        SITES,
    )
    IMAGING_ADDED = "imaging.added", "{who} recorded this imaging result", "Recorded", {}, ADDED
    IMAGING_CHANGED = (
        "imaging.changed",
        "{who} corrected this imaging result",
        "Corrected[ ({fields})]",
        {},
        CHANGED,
    )
    MEDICINE_ADDED = "medicine.added", "{who} recorded this medicine", "Recorded", {}, ADDED
    MEDICINE_CHANGED = (
        "medicine.changed",
        "{who} corrected this medicine",
        "Corrected[ ({fields})]",
        {},
        CHANGED,
    )
    DECISION_ADDED = "decision.added", "{who} recorded this decision", "Recorded", {}, ADDED
    DECISION_CHANGED = (
        "decision.changed",
        "{who} corrected this decision",
        "Corrected[ ({fields})]",
        {},
        CHANGED,
    )

    PATIENT_NEEDS_CHANGED = (
        "patient.needs_changed",
        "{who} changed what the child’s visits need",
        "What the visits need was changed[ from {needs.before} to {needs.after}]",
        {"needs": Detail("What the visits need", Kind.NAMES, changes=True, nothing="none")},
    )

    # Drafts of plans. What is booked or held from one is logged as any booking or hold.
    DRAFT_ASKED = (
        "draft.asked",
        "{who} asked for this draft",
        "Asked for[: {what!l}][, {courses} courses]",
        {
            "what": Detail("What"),
            "courses": Detail("Courses", Kind.NUMBER),
            "weeks": Detail("Weeks", Kind.RANGES),
            "rates": Detail("What a day late counts as", Kind.NAMES),
        },
    )
    DRAFT_WORKED_OUT = (
        "draft.worked_out",
        "The draft was worked out",
        "Worked out[: {placed} courses with days, {left_out} left out]",
        {"placed": Detail("With days", Kind.NUMBER), "left_out": Detail("Left out", Kind.NUMBER)},
    )
    DRAFT_ENDED = (
        "draft.ended",
        "The draft ended",
        "Ended[: {happened}]",
        {"happened": Detail("What happened")},
    )
    DRAFT_STOPPED = "draft.stopped", "{who} asked for the best plan so far", "Asked for the best so far"
    DRAFT_CANCELLED = "draft.cancelled", "{who} cancelled this draft", "Cancelled"
    DRAFTMOVE_DECIDED = (
        "draftmove.decided",
        "{who} decided about this line of a draft",
        "Decided[: {decision!l}][, {days}]",
        {"decision": Detail("Decision")} | DAYS,
    )
    DRAFTMOVE_ACCEPTED = (
        "draftmove.accepted",
        "{who} accepted this line of a draft",
        "Accepted[, to {how!l}][: {days}]",
        {"how": Detail("How")} | DAYS,
    )
    DRAFTMOVE_REFUSED = (
        "draftmove.refused",
        "This line of a draft could not be done",
        "Could not be done[: {why}]",
        {"why": Detail("Why")},
    )

    # The unit.
    UNIT_ADDED = "unit.added", "{who} added this unit", "Added", {}, ADDED
    UNIT_CHANGED = "unit.changed", "{who} changed this unit", "Changed[ ({fields})]", {}, CHANGED
    UNIT_SET_UP_LIKE = (
        "unit.set_up_like",
        "{who} set this unit up like another",
        "Set up like another[: {from}]",
        {"from": Detail("Like"), "what": Detail("What was copied", Kind.NAMES)},
    )
    UNIT_STAFF_CHANGED = (
        "unit.staff_changed",
        "{who} changed whose lists show this unit first",
        "Staff changed[: {staff.after}]",
        {"staff": Detail("Staff", Kind.NAMES, changes=True, nothing="nobody")},
    )
    CHAIR_ADDED = "chair.added", "{who} added this chair", "Added", {}, ADDED
    CHAIR_CHANGED = "chair.changed", "{who} changed this chair", "Changed[ ({fields})]", {}, CHANGED
    OPENINGHOURS_ADDED = "openinghours.added", "{who} changed the opening hours", "Added", {}, ADDED
    OPENINGHOURS_CHANGED = (
        "openinghours.changed",
        "{who} changed the opening hours",
        "Changed[ ({fields})]",
        {},
        CHANGED,
    )
    OPENINGHOURS_REMOVED = "openinghours.removed", "{who} changed the opening hours", "Removed", {}, REMOVED
    INFUSIONKIND_ADDED = "infusionkind.added", "{who} added this kind of infusion", "Added", {}, ADDED
    INFUSIONKIND_CHANGED = (
        "infusionkind.changed",
        "{who} changed this kind of infusion",
        "Changed[ ({fields})]",
        {},
        CHANGED,
    )
    OTHERINFUSION_ADDED = "otherinfusion.added", "{who} placed this infusion", "Placed", {}, ADDED
    OTHERINFUSION_MOVED = (
        "otherinfusion.moved",
        "{who} moved this infusion",
        "Moved[ from {days.before} to {days.after}]",
        DAYS_MOVED,
    )
    OTHERINFUSION_RULE_OVERRIDDEN = (
        "otherinfusion.rule_overridden",
        "{who} let this infusion break a rule",
        "Allowed against a rule[: {rules}][ ({reason})]",
        {"rules": Detail("Rules broken", Kind.NAMES)} | REASON,
    )
    OTHERINFUSION_REMOVED = (
        "otherinfusion.removed",
        "{who} cancelled this infusion",
        "Cancelled",
        {},
        REMOVED,
    )
    KEPTPLACES_ADDED = "keptplaces.added", "{who} kept these places back", "Places kept back", {}, ADDED
    KEPTPLACES_REMOVED = (
        "keptplaces.removed",
        "{who} gave these places free",
        "Places free for anybody",
        {},
        REMOVED,
    )
    NEED_ADDED = "need.added", "{who} added this need", "Added", {}, ADDED
    NEED_CHANGED = "need.changed", "{who} changed this need", "Changed[ ({fields})]", {}, CHANGED
    ROLESHIFT_ADDED = "roleshift.added", "{who} added this shift", "Added", {}, ADDED
    ROLESHIFT_REMOVED = "roleshift.removed", "{who} removed this shift", "Removed", {}, REMOVED
    CLOSURE_ADDED = "closure.added", "{who} added this closure", "Added", {}, ADDED
    CLOSURE_REMOVED = "closure.removed", "{who} removed this closure", "Removed", {}, REMOVED
    SCHOOLTERM_ADDED = "schoolterm.added", "{who} entered this school term", "Entered", {}, ADDED
    SCHOOLTERM_REMOVED = "schoolterm.removed", "{who} removed this school term", "Removed", {}, REMOVED
    STAFFING_ADDED = "staffing.added", "{who} set the nurses of this day", "Added", {}, ADDED
    STAFFING_CHANGED = (
        "staffing.changed",
        "{who} changed the nurses of this day",
        "Changed[ ({fields})]",
        {},
        CHANGED,
    )
    STAFFING_REMOVED = "staffing.removed", "{who} removed the nurses of this day", "Removed", {}, REMOVED
    STAFFFEED_ADDED = "stafffeed.added", "{who} made a calendar for their phone", "Made", {}, ADDED
    STAFFFEED_REMOVED = "stafffeed.removed", "{who} closed this calendar", "Closed", {}, REMOVED
    OTHERSYSTEM_ADDED = (
        "othersystem.added",
        "{who} let this system read",
        "Let in[: {reads}][, of {units}]",
        {
            "reads": Detail("What it may read", Kind.NAMES),
            "units": Detail("Units", Kind.NAMES),
            "protected": Detail("Restricted and sensitive records"),
        },
    )
    OTHERSYSTEM_ENDED = "othersystem.ended", "{who} ended the access of this system", "Access ended"
    # Systems that are told of visits.
    WEBHOOKENDPOINT_ADDED = (
        "webhookendpoint.added",
        "{who} added this system that is told",
        "Added",
        OF_UNITS,
        ADDED,
    )
    WEBHOOKENDPOINT_CHANGED = (
        "webhookendpoint.changed",
        "{who} changed what this system is told",
        "Changed[ ({fields})]",
        OF_UNITS,
        CHANGED,
    )
    WEBHOOKENDPOINT_REMOVED = (
        "webhookendpoint.removed",
        "{who} removed this system that is told",
        "Removed",
        {},
        REMOVED,
    )
    WEBHOOKENDPOINT_SECRET_RENEWED = (
        "webhookendpoint.secret_renewed",
        "{who} gave this system another secret",
        "Another secret",
    )
    WEBHOOKENDPOINT_SWITCHED_OFF = (
        "webhookendpoint.switched_off",
        "{who} switched this system off",
        "Switched off[ ({reason})]",
        REASON,
    )
    WEBHOOKENDPOINT_SWITCHED_ON = (
        "webhookendpoint.switched_on",
        "{who} switched this system on",
        "Switched on",
    )
    WEBHOOKENDPOINT_TESTED = (
        "webhookendpoint.tested",
        "{who} asked for a test event to this system",
        "Test asked for",
    )
    WEBHOOKENDPOINT_REPLAYED = (
        "webhookendpoint.replayed",
        "{who} replayed events to this system",
        "Replayed[: {events} events]",
        {"events": Detail("Events", Kind.NUMBER), "since": Detail("Since", Kind.MOMENT)},
    )
    WEBHOOKEVENT_TAKEN = "webhookevent.taken", "This event was taken", "Taken[ by {to}: {what!l}]", TOLD
    WEBHOOKEVENT_GIVEN_UP = (
        "webhookevent.given_up",
        "This event was given up",
        "Given up[, to {to}: {what!l}][ ({reason})]",
        TOLD | REASON,
    )
    WEBHOOKEVENT_WITHHELD = (
        "webhookevent.withheld",
        "This event was not sent",
        "Not sent[, to {to}: {what!l}][ ({reason})]",
        TOLD | REASON,
    )
    WEBHOOKEVENT_REPLAYED = (
        "webhookevent.replayed",
        "{who} replayed this event",
        "Replayed[, to {to}: {what!l}]",
        TOLD,
    )
    BOOKING_ADDED = "booking.added", "{who} took this chair", "Taken for something else", {}, ADDED
    BOOKING_REMOVED = "booking.removed", "{who} gave this chair back", "Given back", {}, REMOVED
    CHECKLIST_DRAFTED = (
        "checklist.drafted",
        "{who} started a draft of the checklist",
        "Draft started",
        {"items": Detail("Items", Kind.NUMBER)},
    )
    CHECKLIST_REORDERED = (
        "checklist.reordered",
        "{who} changed the order of the checklist",
        "Order changed",
        ITEM,
    )
    CHECKLIST_PUT_IN_FORCE = (
        "checklist.put_in_force",
        "{who} put this checklist in force",
        "Put in force",
        {"version": Detail("Version", Kind.NUMBER)},
    )
    CHECKLIST_DISCARDED = (
        "checklist.discarded",
        "{who} threw this draft away",
        "Draft thrown away",
        {"items": Detail("Items", Kind.NAMES)},
    )
    CHECKLISTITEM_ADDED = "checklistitem.added", "{who} added this item", "Added", {}, ADDED
    CHECKLISTITEM_CHANGED = (
        "checklistitem.changed",
        "{who} changed this item",
        "Changed[ ({fields})]",
        {},
        CHANGED,
    )
    CHECKLISTITEM_REMOVED = "checklistitem.removed", "{who} removed this item", "Removed", {}, REMOVED
    ADVICETEXT_ADDED = "advicetext.added", "{who} wrote this text", "Written", {}, ADDED
    ADVICETEXT_APPROVED = (
        "advicetext.approved",
        "{who} approved this text",
        "Approved",
        {"version": Detail("Version", Kind.NUMBER)},
        CHANGED,
    )


# Acts that make an open page about a course, a day or a task out of date, each with the clause that says so.
ACTS: Mapping[str, str] = {
    act: act.says
    for act in (
        Act.COURSE_BOOKED,
        Act.COURSE_MOVED,
        Act.COURSE_REFITTED,
        Act.COURSE_CANCELLED,
        Act.COURSE_HELD,
        Act.COURSE_RULE_OVERRIDDEN,
        Act.COURSE_SHARED,
        Act.COURSE_PARTED,
        Act.COURSE_HOLD_RELEASED,
        Act.COURSE_HOLD_LAPSED,
        Act.COURSE_PAUSED,
        Act.COURSE_PAUSE_ENDED,
        Act.COURSE_UNDONE,
        Act.COURSE_DAY_LOST,
        Act.COURSE_DAY_LEFT_OUT,
        Act.COURSE_DAYS_ASKED,
        Act.COURSE_DAY_MOVED,
        Act.COURSE_OFFERED,
        Act.COURSE_OFFER_ANSWERED,
        Act.COURSE_CHAIR_CHANGED,
        Act.SESSION_ARRIVED,
        Act.SESSION_STARTED,
        Act.SESSION_FINISHED,
        Act.SESSION_NOT_BROUGHT,
        Act.SESSION_TIMES_RECORDED,
        Act.SESSION_OUTCOME_RECORDED,
        Act.SESSION_NOTE_WRITTEN,
        Act.SESSION_TAKEN_BACK,
        Act.TASK_ASSIGNED,
        Act.TASK_PUT_OFF,
        Act.TASK_DONE,
        Act.TASK_REOPENED,
    )
}


def record(act: Act, row: Model, by: audit.Actor, changes: Mapping[str, Any] | None = None) -> None:
    """Write the audit row of an act under the child that the row is about. Raises as `audit.record` does."""
    audit.record(act, by=by, on=row, patient=patient_of(row), changes=changes or {})


def patient_of(row: Any) -> int | None:
    """The key of the child that a row is about: its own, its course’s or its day’s; None for one without."""
    if hasattr(row, "patient_id"):
        return row.patient_id
    if getattr(row, "course_id", None):
        return row.course.patient_id
    return row.session.course.patient_id if getattr(row, "session_id", None) else None
