"""The addresses of the app: all there are, and what the primary key in each belongs to."""

from django.db.models import Model
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

# Signing in and out, one's own password, second step and sign-ins: most of these pages are allauth's.
ALLAUTH = ("account_", "mfa_", "openid_connect_")
# Families' own pages: no account, a secret address.
FAMILY = "family:"
# About nobody, and open to everybody.
PUBLIC = "public:"
# What other systems read, with a token.
FHIR = "fhir:"
# Without sign-in too: the icon, and what a phone asks for by an address that is a key.
KEYLESS = ("favicon", "scheduling:show_staff_feed")
# What the primary key in an address belongs to, where the name of the view does not say it.
KEYS = {
    "scheduling:ask_family": "course",
    "scheduling:show_readiness": "course",
    "scheduling:press_item": "course",
    "scheduling:check_item": "course",
    "scheduling:chase_item": "course",
    "scheduling:chase_review": "patient",
    "scheduling:override_readiness": "visit",
    "scheduling:show_checklist": "unit",
    "scheduling:start_checklist": "unit",
    "scheduling:add_checklist_item": "unit",
    "scheduling:put_checklist_in_force": "unit",
    "scheduling:discard_checklist": "unit",
    "scheduling:send_invites": "course",
    "scheduling:release_hold": "course",
    "scheduling:ask_first_family": "task",
    "scheduling:set_contacts": "unit",
    "scheduling:note_told": "course",
    "scheduling:show_language": "language",
    "scheduling:take_language_back": "language",
    "scheduling:note_unanswered": "course",
    "scheduling:mail_unanswered": "course",
    "scheduling:print_letter": "course",
    "scheduling:note_attempt": "course",
    "scheduling:end_pause": "course",
    "scheduling:lose_day": "visit",
    "scheduling:note_hard_cannula": "visit",
    "scheduling:record_times": "visit",
    "scheduling:record_outcome": "visit",
    "scheduling:write_note": "visit",
    "scheduling:add_cannula": "visit",
    "scheduling:add_effect": "visit",
    "scheduling:go_on": "visit",
    "scheduling:leave_out_day": "visit",
    "scheduling:move_day": "visit",
    "scheduling:check_day": "visit",
    "scheduling:choose_chair": "visit",
    "scheduling:check_new_chair": "visit",
    "patients:change_user": "user",
    "patients:remove_second_step": "user",
    "patients:show_log_of_child": "patient",
    "patients:give_reason": "patient",
    "patients:show_log_of_user": "user",
    "patients:add_contact": "patient",
    "scheduling:show_history": "patient",
    "scheduling:download_values": "patient",
    "scheduling:download_plots": "patient",
    "scheduling:add_review": "patient",
    "scheduling:add_imaging": "patient",
    "scheduling:add_medicine": "patient",
    "scheduling:add_decision": "patient",
    "scheduling:agree_course": "patient",
    "scheduling:show_limits": "patient",
    "scheduling:change_limits": "patient",
    "scheduling:find_slot": "course",
    "scheduling:why_not_sooner": "course",
    "scheduling:check_slot": "course",
    "scheduling:share_days": "course",
    "scheduling:part_days": "course",
    "scheduling:find_shared": "course",
    "scheduling:check_shared": "course",
    "scheduling:show_done": "course",
    "scheduling:undo_course": "course",
    "scheduling:attendance_letter": "course",
    "scheduling:show_place": "chair",
    "scheduling:plan_again": "draft",
    "scheduling:accept_lines": "draft",
    "scheduling:decide_line": "draft",
    "scheduling:other_days": "line",
    "scheduling:do_replan": "replan",
    "scheduling:propose_days": "unit",
    "scheduling:set_rates": "unit",
    "scheduling:try_what_if": "unit",
    "scheduling:add_chair": "unit",
    "scheduling:add_closure": "unit",
    "scheduling:set_opening_hours": "unit",
    "scheduling:set_ranking": "unit",
    "scheduling:set_staff": "unit",
    "scheduling:fill_text_gaps": "unit",
    "scheduling:set_phases": "unit",
    "scheduling:list_needs": "unit",
    "scheduling:list_packs": "unit",
    "scheduling:show_pack": "unit",
    "scheduling:add_need": "unit",
    "scheduling:add_role_shift": "unit",
    "scheduling:remove_role_shift": "shift",
    "scheduling:change_needs": "patient",
    "scheduling:list_advice": "unit",
    "scheduling:show_advice": "unit",
    "scheduling:write_advice": "unit",
    "scheduling:set_reminders": "unit",
    "scheduling:set_staffing": "unit",
    "scheduling:set_terms": "unit",
    "scheduling:import_terms": "unit",
    "scheduling:set_weekly_nurses": "unit",
    "scheduling:take_chair": "unit",
    "scheduling:release_chair": "booking",
    "scheduling:preview_weeks": "unit",
    "scheduling:show_staff_calendar": "unit",
    "scheduling:close_staff_calendar": "feed",
    "scheduling:show_webhook_event": "event",
    "scheduling:replay_webhook_event": "event",
    "scheduling:add_infusion_kind": "unit",
    "scheduling:place_infusion": "unit",
    "scheduling:add_kept_places": "unit",
    "scheduling:remove_kept_places": "kept",
    "scheduling:allow_course": "course",
}


def at(name: str, row: Model) -> str:
    """The address of a staff page that is about one row."""
    return reverse(f"scheduling:{name}", args=[row.pk])


def addresses(patterns=None, namespace=""):
    """Each URL pattern as (name with namespace, view)."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            space = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry.url_patterns, space)
        elif isinstance(entry, URLPattern):
            yield namespace + (entry.name or ""), entry.callback


def ours():
    theirs = (*ALLAUTH, FAMILY, PUBLIC, FHIR)
    return [(name, view) for name, view in addresses() if not name.startswith(theirs) and name not in KEYLESS]


def key_of(name):
    """What the primary key in this address belongs to, or None if it has none."""
    try:
        reverse(name)
    except NoReverseMatch:
        return KEYS.get(name) or name.rpartition("_")[2]
    return None


def address(name, things):
    kind = key_of(name)
    return reverse(name, args=[things[kind]] if kind else [])
