"""The pain is back: what a family says while its child is open on symptoms. Phone and advice come first."""

from typing import Any

from crispy_forms.layout import HTML, Div
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import lazystr
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from crmo_clinic.nhsuk import forms
from scheduling.answers import family_tells
from scheduling.answers.family_limits import on_their_page
from scheduling.history.body_map import boxes_of, pressable_map
from scheduling.models import Ask, BodySite, FamilyLink, Side, every_site
from scheduling.pages.booking.limits_fields import FROM_THE_LIST
from scheduling.pages.family.family_forms import FamilyForm, words_field
from scheduling.pages.family.opening import family_page
from scheduling.pages.family.tell_unit import back, form_page, sent, write
from scheduling.pages.family.typed_words import words_typed
from scheduling.telling.open_on_symptoms import open_until

# The places in a family's words; those with a left and a right are asked for each.
PLACES = {
    BodySite.SKULL: gettext_lazy("Head"),
    BodySite.STERNUM: gettext_lazy("Breastbone"),
    BodySite.NECK: gettext_lazy("Neck"),
    BodySite.UPPER_BACK: gettext_lazy("Upper back"),
    BodySite.LOWER_BACK: gettext_lazy("Lower back"),
    BodySite.SACRUM: gettext_lazy("Bottom of the back"),
    BodySite.JAW: gettext_lazy("Jaw"),
    BodySite.COLLARBONE: gettext_lazy("Collarbone"),
    BodySite.SHOULDER_BLADE: gettext_lazy("Shoulder blade"),
    BodySite.RIBS: gettext_lazy("Ribs"),
    BodySite.UPPER_ARM: gettext_lazy("Shoulder or upper arm"),
    BodySite.ELBOW: gettext_lazy("Elbow"),
    BodySite.FOREARM: gettext_lazy("Forearm"),
    BodySite.HAND: gettext_lazy("Hand or wrist"),
    BodySite.PELVIS: gettext_lazy("Pelvis"),
    BodySite.HIP: gettext_lazy("Hip"),
    BodySite.KNEE: gettext_lazy("Thigh or knee"),
    BodySite.SHIN: gettext_lazy("Shin"),
    BodySite.ANKLE: gettext_lazy("Ankle"),
    BodySite.FOOT: gettext_lazy("Foot"),
}
SINCE = [
    ("days", gettext_lazy("Since today or yesterday")),
    ("some_days", gettext_lazy("For some days")),
    ("week", gettext_lazy("For about a week")),
    ("weeks", gettext_lazy("For some weeks")),
    ("longer", gettext_lazy("For longer")),
]


def places() -> list[tuple[str, str]]:
    """Each place with its side, as the form sends it and as the family reads it."""
    sides = {Side.RIGHT: gettext("%(place)s, right"), Side.LEFT: gettext("%(place)s, left")}
    return [
        (f"{site}-{side}", sides.get(side, "%(place)s") % {"place": PLACES[site]})
        for site, side in every_site()
    ]


class PainForm(FamilyForm):
    """How it is, where, and since when."""

    submit_label = gettext_lazy("Tell the unit")

    pain = forms.TypedChoiceField(
        label=gettext_lazy("How bad is the pain today?"),
        help_text=gettext_lazy("0 is no pain. 10 is the worst pain"),
        choices=[(number, lazystr(number)) for number in range(11)],
        coerce=int,
        widget=forms.Radios(inline=True, small=True),
        error_messages={
            "required": gettext_lazy("Choose how bad the pain is"),
            "invalid_choice": FROM_THE_LIST,
        },
    )
    since = forms.ChoiceField(
        label=gettext_lazy("How long has it been back?"),
        choices=SINCE,
        widget=forms.Radios(small=True),
        error_messages={
            "required": gettext_lazy("Choose how long it has been back"),
            "invalid_choice": FROM_THE_LIST,
        },
    )
    sites = forms.MultipleChoiceField(
        label=gettext_lazy("Where does it hurt?"),
        help_text=gettext_lazy("Choose all that fit. Right and left are your child’s own"),
        required=False,
        widget=forms.Checkboxes(small=True),
        error_messages={"invalid_choice": FROM_THE_LIST},
    )
    says = words_field(gettext_lazy("What else should we know?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sites"].choices = places()

    def layout(self) -> forms.Layout:
        picture = HTML('{% include "family/_body_map.html" with map=form.body_map only %}')
        return forms.Layout("pain", "since", Div(picture, "sites", css_class="app-sites-and-map"), "says")

    @property
    def body_map(self) -> SafeString:
        """The picture: a press on a place ticks its box."""
        return pressable_map(boxes_of(self["sites"]))


@family_page
def say_pain_is_back(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """While the child is open on symptoms; later the page of the visits."""
    if open_until(link.course.patient, timezone.localdate()) is None:
        return back(link)
    form = PainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = words_typed(form)
        write(
            link,
            lambda: family_tells.pain_is_back(
                course=link.course,
                contact=link.contact,
                pain=form.cleaned_data["pain"],
                says=typed,
                by=on_their_page(link.contact),
            ),
        )
        return sent(link, Ask.PAIN)
    return form_page(request, link, "say_pain_is_back", form)
