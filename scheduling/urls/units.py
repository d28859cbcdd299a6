"""Addresses of setting up a unit."""

from django.urls import path

from scheduling.pages.checklist import unit_checklist
from scheduling.pages.plan import replan_pages, unit_questions
from scheduling.pages.telling import languages, reminder_settings, text_gaps, unit_texts
from scheduling.pages.unit import (
    kept_places,
    other_infusions,
    phases,
    ranking,
    school_terms,
    staff_calendar,
    unit_copying,
    unit_days,
    unit_needs,
    unit_nurses,
    unit_setup,
    whom_families_ask,
)
from scheduling.pages.visit import downtime_packs

urlpatterns = [
    path("", unit_setup.list_units, name="list_units"),
    path("add/", unit_setup.add_unit, name="add_unit"),
    path("<int:pk>/", unit_setup.show_unit, name="show_unit"),
    path("<int:pk>/change/", unit_setup.change_unit, name="change_unit"),
    path("<int:pk>/copy/", unit_copying.copy_unit, name="copy_unit"),
    path("<int:pk>/staff/", unit_copying.set_staff, name="set_staff"),
    path("<int:pk>/calendar/", staff_calendar.show_staff_calendar, name="show_staff_calendar"),
    path("calendars/<int:pk>/close/", staff_calendar.close_staff_calendar, name="close_staff_calendar"),
    path("<int:pk>/new-days/", replan_pages.propose_days, name="propose_days"),
    path("<int:pk>/weeks/", unit_setup.preview_weeks, name="preview_weeks"),
    path("<int:pk>/advice/", unit_texts.list_advice, name="list_advice"),
    path("<int:pk>/advice/gaps/", text_gaps.fill_text_gaps, name="fill_text_gaps"),
    path("<int:pk>/advice/text/", unit_texts.show_advice, name="show_advice"),
    path("<int:pk>/advice/write/", unit_texts.write_advice, name="write_advice"),
    path("advice/<int:pk>/approve/", unit_texts.approve_advice, name="approve_advice"),
    path("advice/<int:pk>/large-print/", unit_texts.print_advice, name="print_advice"),
    path("advice/<int:pk>/plain-text/", unit_texts.download_advice, name="download_advice"),
    path("<int:pk>/ranking/", ranking.set_ranking, name="set_ranking"),
    path("<int:pk>/rates/", unit_questions.set_rates, name="set_rates"),
    path("<int:pk>/what-if/", unit_questions.try_what_if, name="try_what_if"),
    path("<int:pk>/phases/", phases.set_phases, name="set_phases"),
    path("<int:pk>/downtime/", downtime_packs.list_packs, name="list_packs"),
    path("<int:pk>/downtime/pack/", downtime_packs.show_pack, name="show_pack"),
    path("<int:pk>/needs/", unit_needs.list_needs, name="list_needs"),
    path("<int:pk>/needs/add/", unit_needs.add_need, name="add_need"),
    path("needs/<int:pk>/change/", unit_needs.change_need, name="change_need"),
    path("<int:pk>/roles/add/", unit_needs.add_role_shift, name="add_role_shift"),
    path("roles/<int:pk>/remove/", unit_needs.remove_role_shift, name="remove_role_shift"),
    path("<int:pk>/contacts/", whom_families_ask.set_contacts, name="set_contacts"),
    path("languages/", languages.list_languages, name="list_languages"),
    path("languages/<slug:language>/", languages.show_language, name="show_language"),
    path("languages/<slug:language>/take-back/", languages.take_language_back, name="take_language_back"),
    path("<int:pk>/reminders/", reminder_settings.set_reminders, name="set_reminders"),
    path("<int:pk>/opening-hours/", unit_setup.set_opening_hours, name="set_opening_hours"),
    path("opening-hours/<int:pk>/remove/", unit_setup.remove_week, name="remove_week"),
    path("<int:pk>/nurses/", unit_nurses.set_weekly_nurses, name="set_weekly_nurses"),
    path("<int:pk>/chairs/add/", unit_setup.add_chair, name="add_chair"),
    path("chairs/<int:pk>/change/", unit_setup.change_chair, name="change_chair"),
    path("<int:pk>/chairs/take/", unit_days.take_chair, name="take_chair"),
    path("chairs/taken/<int:pk>/release/", unit_days.release_chair, name="release_chair"),
    path("<int:pk>/closures/add/", unit_days.add_closure, name="add_closure"),
    path("closures/<int:pk>/remove/", unit_days.remove_closure, name="remove_closure"),
    path("<int:pk>/terms/", school_terms.set_terms, name="set_terms"),
    path("<int:pk>/terms/file/", school_terms.import_terms, name="import_terms"),
    path("terms/<int:pk>/remove/", school_terms.remove_term, name="remove_term"),
    path("<int:pk>/staffing/", unit_nurses.set_staffing, name="set_staffing"),
    path("staffing/<int:pk>/remove/", unit_nurses.remove_staffing, name="remove_staffing"),
    path("<int:pk>/infusions/kinds/add/", other_infusions.add_infusion_kind, name="add_infusion_kind"),
    path(
        "infusions/kinds/<int:pk>/change/", other_infusions.change_infusion_kind, name="change_infusion_kind"
    ),
    path("<int:pk>/infusions/place/", other_infusions.place_infusion, name="place_infusion"),
    path("infusions/<int:pk>/", other_infusions.show_infusion, name="show_infusion"),
    path("infusions/<int:pk>/move/", other_infusions.move_infusion, name="move_infusion"),
    path("infusions/<int:pk>/allow/", other_infusions.allow_infusion, name="allow_infusion"),
    path("infusions/<int:pk>/cancel/", other_infusions.cancel_infusion, name="cancel_infusion"),
    path("<int:pk>/kept-places/add/", kept_places.add_kept_places, name="add_kept_places"),
    path("kept-places/<int:pk>/remove/", kept_places.remove_kept_places, name="remove_kept_places"),
    path("<int:pk>/checklist/", unit_checklist.show_checklist, name="show_checklist"),
    path("<int:pk>/checklist/draft/", unit_checklist.start_checklist, name="start_checklist"),
    path("<int:pk>/checklist/add/", unit_checklist.add_checklist_item, name="add_checklist_item"),
    path(
        "<int:pk>/checklist/put-in-force/",
        unit_checklist.put_checklist_in_force,
        name="put_checklist_in_force",
    ),
    path("<int:pk>/checklist/discard/", unit_checklist.discard_checklist, name="discard_checklist"),
    path(
        "checklist-items/<int:pk>/change/", unit_checklist.change_checklist_item, name="change_checklist_item"
    ),
    path(
        "checklist-items/<int:pk>/remove/", unit_checklist.remove_checklist_item, name="remove_checklist_item"
    ),
    path("checklist-items/<int:pk>/move/", unit_checklist.move_checklist_item, name="move_checklist_item"),
]
