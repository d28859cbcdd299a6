"""Addresses of setting up a unit."""

from django.urls import path

from scheduling.views import advice, checklists, ranking, reminders, unit_days, units

urlpatterns = [
    path("", units.list_units, name="list_units"),
    path("add/", units.add_unit, name="add_unit"),
    path("<int:pk>/", units.show_unit, name="show_unit"),
    path("<int:pk>/change/", units.change_unit, name="change_unit"),
    path("<int:pk>/weeks/", units.preview_weeks, name="preview_weeks"),
    path("<int:pk>/advice/", advice.list_advice, name="list_advice"),
    path("<int:pk>/advice/text/", advice.show_advice, name="show_advice"),
    path("<int:pk>/advice/write/", advice.write_advice, name="write_advice"),
    path("advice/<int:pk>/approve/", advice.approve_advice, name="approve_advice"),
    path("advice/<int:pk>/large-print/", advice.print_advice, name="print_advice"),
    path("advice/<int:pk>/plain-text/", advice.download_advice, name="download_advice"),
    path("<int:pk>/ranking/", ranking.set_ranking, name="set_ranking"),
    path("<int:pk>/reminders/", reminders.set_reminders, name="set_reminders"),
    path("<int:pk>/opening-hours/", units.set_opening_hours, name="set_opening_hours"),
    path("<int:pk>/chairs/add/", units.add_chair, name="add_chair"),
    path("chairs/<int:pk>/change/", units.change_chair, name="change_chair"),
    path("<int:pk>/chairs/take/", unit_days.take_chair, name="take_chair"),
    path("chairs/taken/<int:pk>/release/", unit_days.release_chair, name="release_chair"),
    path("<int:pk>/closures/add/", unit_days.add_closure, name="add_closure"),
    path("closures/<int:pk>/remove/", unit_days.remove_closure, name="remove_closure"),
    path("<int:pk>/staffing/", unit_days.set_staffing, name="set_staffing"),
    path("staffing/<int:pk>/remove/", unit_days.remove_staffing, name="remove_staffing"),
    path("<int:pk>/checklist/", checklists.show_checklist, name="show_checklist"),
    path("<int:pk>/checklist/draft/", checklists.start_checklist, name="start_checklist"),
    path("<int:pk>/checklist/add/", checklists.add_checklist_item, name="add_checklist_item"),
    path(
        "<int:pk>/checklist/put-in-force/", checklists.put_checklist_in_force, name="put_checklist_in_force"
    ),
    path("<int:pk>/checklist/discard/", checklists.discard_checklist, name="discard_checklist"),
    path("checklist-items/<int:pk>/change/", checklists.change_checklist_item, name="change_checklist_item"),
    path("checklist-items/<int:pk>/remove/", checklists.remove_checklist_item, name="remove_checklist_item"),
    path("checklist-items/<int:pk>/move/", checklists.move_checklist_item, name="move_checklist_item"),
]
