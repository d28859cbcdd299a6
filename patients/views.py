"""Find, add and change children and their contacts. Loading a child for a page also logs the look."""

from functools import partial
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.pages import page_of
from patients import accounts, adapters, audit, changes, exports, searches, second_step, sign_in_log
from patients.access import Permission, Role, requires
from patients.acting import said_in
from patients.acts import PatientAct
from patients.contact_form import ContactForm
from patients.forms import FindPatientsForm, PatientForm, UserForm
from patients.models import AccessEvent, Contact, Patient, PatientQuerySet, User

RESULTS_A_PAGE = 20
RECENT, RECENT_SEARCHES = 8, 5
# The children are looked for among so many of their latest looks: the work of some days.
LATEST_LOOKS = 500
# To open one of these is to work on that child; to see a list with the child in it is not.
RECORD_PAGES = (
    "patients:show_patient",
    "scheduling:show_history",
    "scheduling:show_course",
    "scheduling:find_slot",
)


@requires(Permission.VIEW)
def find_patients(request: HttpRequest) -> HttpResponse:
    """Search by one box; a whole hospital or NHS number opens the child.

    `?search=` is the key of a text that was searched for, never the text.
    """
    if request.method == "POST":
        form = FindPatientsForm(request.POST)
        if form.is_valid():
            text = form.cleaned_data["text"]
            if patient := Patient.objects.with_number(text):
                if (
                    _own(request)
                    and not Patient.objects.of_units(_own(request)).filter(pk=patient.pk).exists()
                ):
                    audit.looked_at("patients:find_everywhere", by=request.user, patients=[patient])
                return redirect(patient)
            return redirect(_address(searches.keep(request.session, text)))
        return render(request, "patients/find_patients.html", {"form": form})
    if "clear" in request.GET:
        searches.forget(request.session, request.GET["clear"])
        return redirect("patients:find_patients")
    key = request.GET.get("search", "")
    text = searches.text_of(request.session, key)
    context: dict = {"form": FindPatientsForm(initial={"text": text}), "text": text, "key": key}
    if text:
        found, own, everywhere = _found(request, text)
        page = context["page"] = page_of(request, found, RESULTS_A_PAGE)
        context |= {"own": own, "everywhere": everywhere}
        name = "patients:find_everywhere" if own and everywhere else "patients:find_patients"
        audit.looked_at(name, by=request.user, patients=page.object_list)
    else:
        context["is_gone"] = bool(key)
        context["searches"] = [
            (each, _address(key)) for key, each in searches.latest(request.session, RECENT_SEARCHES)
        ]
        context["recent"] = _recently_seen(request.user)
        audit.looked_at("patients:find_patients", by=request.user, patients=context["recent"])
    return render(request, "patients/find_patients.html", context)


@require_safe
@requires(Permission.EXPORT_LISTS)
def export_patients(request: HttpRequest) -> HttpResponseBase:
    """The children that the search of `?search=` found, all of them, in the order of its page."""
    text = searches.text_of(request.session, request.GET.get("search", ""))
    if not text:
        return redirect("patients:find_patients")
    found, _, everywhere = _found(request, text)
    children = list(found)
    head = ["Name", "Hospital number", "NHS number", "Date of birth"]
    rows = [
        [child.name, child.hospital_number, child.nhs_number or "", child.birth_date.isoformat()]
        for child in children
    ]
    filters = [f"“{text}”", *(["children of all units"] if everywhere else [])]
    return exports.export(request, "Children", [head, *rows], patients=children, filters=filters)


@requires(Permission.EDIT_PATIENTS)
def add_patient(request: HttpRequest) -> HttpResponse:
    form = PatientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        patient = form.save(commit=False)
        with said_in(form) as attempt:
            changes.save(patient, by=request.user)
        if attempt.done:
            messages.success(request, f"{patient} has been added. Now add a parent or carer.")
            return redirect("patients:add_contact", patient.pk)
    if form.is_bound:
        audit.looked_at("patients:add_patient", by=request.user, patients=form.doubles)
    return _form_page(request, "patients/add_patient.html", form)


@require_safe
@requires(Permission.VIEW)
def show_patient(request: HttpRequest, pk: int) -> HttpResponse:
    patient = audit.look_at_patient(request, pk)
    # By the reverse of a foreign key, because this app must not import `scheduling`.
    courses = patient.courses.prefetch_related("sessions")
    return render(request, "patients/show_patient.html", {"patient": patient, "courses": courses})


@requires(Permission.EDIT_PATIENTS)
def change_patient(request: HttpRequest, pk: int) -> HttpResponse:
    patient = audit.look_at_patient(request, pk)
    form = PatientForm(request.POST or None, instance=Patient.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        changed = form.save(commit=False)
        if _saved(request, form, changed, "The child’s details have been saved."):
            return redirect(patient)
    return _form_page(request, "patients/change_patient.html", form, patient=patient)


@requires(Permission.EDIT_PATIENTS)
def add_contact(request: HttpRequest, pk: int) -> HttpResponse:
    patient = audit.look_at_patient(request, pk)
    form = ContactForm(request.POST or None, instance=Contact(patient=patient))
    if request.method == "POST" and form.is_valid():
        contact = form.save(commit=False)
        if _saved(request, form, contact, f"{contact.name} has been added."):
            return redirect(patient)
    return _form_page(request, "patients/add_contact.html", form, patient=patient)


@requires(Permission.EDIT_PATIENTS)
def change_contact(request: HttpRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact, pk=pk)
    patient = audit.look_at_patient(request, contact.patient_id)
    name = contact.name
    form = ContactForm(request.POST or None, instance=contact)
    if request.method == "POST" and form.is_valid():
        form.save(commit=False)
        if _saved(request, form, contact, f"The details of {contact.name} have been saved."):
            return redirect(patient)
    return _form_page(request, "patients/change_contact.html", form, patient=patient, name=name)


@require_safe
@requires(Permission.MANAGE_USERS)
def list_users(request: HttpRequest) -> HttpResponse:
    users = User.objects.prefetch_related("groups").order_by("-is_active", "name")
    return render(request, "patients/list_users.html", {"users": users})


# Who may sign in, as whom and with what rights: the password is asked for again.
ask_again = partial(raise_if_reauthentication_required, app="patients")


@requires(Permission.MANAGE_USERS)
def add_user(request: HttpRequest) -> HttpResponse:
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if Role.LEAD in form.cleaned_data["roles"]:
            ask_again(request)
        with said_in(form) as attempt:
            _save_user(request, form)
        if attempt.done:
            _send_link(request, form.instance)
            return redirect("patients:list_users")
    return _form_page(request, "patients/add_user.html", form)


@requires(Permission.MANAGE_USERS)
def change_user(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    address, roles = user.email, list(user.roles)
    form = UserForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["email"] != address or Role.LEAD in {*form.cleaned_data["roles"]} - {*roles}:
            ask_again(request)
        if user == request.user and not (user.is_active and Role.LEAD in form.cleaned_data["roles"]):
            form.add_error(None, "You cannot lock yourself out. Ask another lead to do this.")
        else:
            with said_in(form) as attempt:
                _save_user(request, form)
            if attempt.done:
                if user.email != address:
                    said = "The email address that you sign in with was changed by your unit lead."
                    adapters.tell_of_change(user, said, address, user.email)
                messages.success(request, f"{user} has been saved.")
                return redirect("patients:list_users")
    context = {"person": user, "has_second_step": is_mfa_enabled(user, second_step.STEPS)}
    return _form_page(request, "patients/change_user.html", form, **context)


@requires(Permission.MANAGE_USERS, only_forms=True)
def remove_second_step(request: HttpRequest, pk: int) -> HttpResponse:
    """For somebody who has lost the phone: the password alone signs them in, to set up another."""
    user = get_object_or_404(User, pk=pk)
    ask_again(request)
    if second_step.remove_all(user, by=request.user, place=sign_in_log.place(request)):
        said = "The second step of your sign-in was removed by your unit lead."
        adapters.tell_of_change(user, said, user.email)
        messages.success(request, f"{user} now signs in with the password alone.")
    return redirect("patients:change_user", pk)


def _own(request: HttpRequest) -> list[int]:
    """The keys of the units that the user belongs to; empty if nobody said so."""
    return request.session.get(searches.OWN_UNITS, [])


def _found(request: HttpRequest, text: str) -> tuple[PatientQuerySet, list[int], bool]:
    """The children found, the user’s own units, and whether those of all units are among them."""
    found, own = Patient.objects.matching(text), _own(request)
    everywhere = not own or request.GET.get("units") == "all"
    return (found if everywhere else found.of_units(own)), own, everywhere


def _address(search: str) -> str:
    return f"{reverse('patients:find_patients')}?search={search}"


def _send_link(request: HttpRequest, user: User) -> None:
    """Mail somebody new the link to choose a password, and say whether it left."""
    try:
        accounts.send_link(user, request)
    except OSError:
        messages.warning(
            request,
            f"{user} has been added. The mail with the link could not be sent. "
            "They can ask for it on the sign-in page.",
        )
    else:
        messages.success(request, f"{user} has been added and gets a mail with a link to choose a password.")


@transaction.atomic
def _save_user(request: HttpRequest, form: UserForm) -> None:
    user, before = form.save(commit=False), form.fields["roles"].initial or []
    if not user.pk:
        user.set_unusable_password()
    audit.save(user, by=request.user)
    accounts.drop_other_addresses(user)
    roles = form.cleaned_data["roles"]
    if roles != before:
        user.set_roles(roles)
        audit.record(
            PatientAct.USER_ROLES_CHANGED,
            by=request.user,
            on=user,
            patient=None,
            changes={"roles": [before, roles]},
        )


def _saved(request: HttpRequest, form: forms.ModelForm, row: Patient | Contact, said: str) -> bool:
    """Save the row. Whether that worked; then the next page says so, and what followed from it."""
    with said_in(form) as attempt:
        done = changes.save(row, by=request.user)
        messages.success(request, " ".join([said, *done]))
    return attempt.done


def _form_page(request: HttpRequest, template: str, form: forms.ModelForm, **context: Any) -> HttpResponse:
    """The page with this form; its status says whether somebody else was quicker."""
    status = 409 if form.has_error(NON_FIELD_ERRORS, "clash") else 200
    return render(request, template, {"form": form, **context}, status=status)


def _recently_seen(user: User) -> list[Patient]:
    """The children this user opened last, latest first."""
    looks = AccessEvent.objects.filter(actor_id=user.pk).order_by("-at", "-pk")[:LATEST_LOOKS]
    opened = [pk for page, pk in looks.values_list("page", "patient_id") if pk and page in RECORD_PAGES]
    ids = list(dict.fromkeys(opened))[:RECENT]
    found = Patient.objects.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]
