"""A picture of the body from the front and from behind, with the sites that are active: an SVG, no script.

Beside the boxes of a form each site is a label of its box: a press on the picture ticks it, and the style
sheet (`history.css`) lights what is ticked. To a screen reader the boxes say all there is.
"""

from collections.abc import Collection, Iterator, Mapping
from html import escape

from django.forms import BoundField
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext

from scheduling.models import BodySite, Side, every_site, site_name

WIDTH, HEIGHT, BACK = 310, 316, 160
MIRROR = 150
# How far across the round part of a site is that can be pressed; no two sites are nearer to each other.
PRESSED = 20
TRUNK = "M67 40h16v14l22 3q9 2 10 12l-5 60 2 26q0 12-12 12H50q-12 0-12-12l2-26-5-60q1-10 10-12l22-3z"
# The x and y of each site; of a pair the child's right one, and the left one is its mirror image.
IN_FRONT = {
    BodySite.SKULL: (75, 16),
    BodySite.STERNUM: (75, 82),
    BodySite.JAW: (65, 41),
    BodySite.COLLARBONE: (59, 61),
    BodySite.RIBS: (57, 96),
    BodySite.UPPER_ARM: (38, 72),
    BodySite.ELBOW: (29, 103),
    BodySite.FOREARM: (22, 134),
    BodySite.HAND: (15, 165),
    BodySite.PELVIS: (60, 144),
    BodySite.HIP: (58, 172),
    BodySite.KNEE: (57, 207),
    BodySite.SHIN: (56, 231),
    BodySite.ANKLE: (55, 264),
    BodySite.FOOT: (52, 287),
}
BEHIND = {
    BodySite.NECK: (75, 50),
    BodySite.UPPER_BACK: (75, 86),
    BodySite.LOWER_BACK: (75, 120),
    BodySite.SACRUM: (75, 147),
    BodySite.SHOULDER_BLADE: (93, 76),
}


def body_map(active: Collection[tuple[str, str]]) -> SafeString:
    """The SVG, with the active sites in its title. active: pairs of site and side."""
    names = ", ".join(site_name(site, side) for site, side in active) or "none"
    title = f'<title id="body-map-title">Active sites: {escape(names)}</title>'
    places = [
        _place(site, side, f"<title>{escape(site_name(site, side))}</title>", lit=(site, side) in active)
        for site, side in every_site()
    ]
    return _picture('role="img" aria-labelledby="body-map-title"', title, *places)


def pressable_map(boxes: Mapping[tuple[str, str], tuple[str, str]]) -> SafeString:
    """The SVG for a form, in which each site is a label of its box; within `app-sites-and-map`.

    boxes: the id of the box and the name of the site, for each pair of site and side.
    """
    places = [
        _place(site, side, f"<title>{escape(name)}</title>", label=_label(box, *place_of(site, side)))
        for (site, side), (box, name) in boxes.items()
    ]
    return _picture('aria-hidden="true" focusable="false"', *places)


def boxes_of(field: BoundField) -> dict[tuple[str, str], tuple[str, str]]:
    """The boxes of a field with values such as `clavicle-left`, as `pressable_map` wants them."""
    return {
        tuple(option.data["value"].rsplit("-", 1)): (option.id_for_label, option.choice_label)
        for option in field.subwidgets
    }


def place_of(site: str, side: str) -> tuple[int, int]:
    """The centre of a site on the picture: x and y in SVG units."""
    behind = site in BEHIND
    x, y = BEHIND[site] if behind else IN_FRONT[site]
    if side == Side.LEFT:
        x = MIRROR - x
    return x + (BACK if behind else 0), y


def _figure(at: int, view: str, *sides: str) -> Iterator[str]:
    yield f'<g class="app-body-map__figure" transform="translate({at} 0)">'
    yield '<circle cx="75" cy="27" r="19"/>'
    yield f'<path d="{TRUNK}"/>'
    for mirrored in ("", ' transform="translate(150 0) scale(-1 1)"'):
        yield f'<g{mirrored}><path class="app-body-map__limb" d="M39 66L29 104L15 164"/>'
        yield '<path class="app-body-map__limb app-body-map__leg" d="M59 162L57 218L55 280L51 288"/></g>'
    yield "</g>"
    yield f'<text x="{at + 75}" y="312">{view}</text>'
    for x, side in zip((22, 128), sides, strict=True):
        yield f'<text x="{at + x}" y="30">{side}</text>'


def _picture(attributes: str, *parts: str) -> SafeString:
    return mark_safe(
        f'<svg class="app-body-map" xmlns="http://www.w3.org/2000/svg" {attributes} '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        + "".join(
            [
                *_figure(0, gettext("Front"), gettext("Right"), gettext("Left")),
                *_figure(BACK, pgettext("of the body", "Back"), gettext("Left"), gettext("Right")),
                *parts,
                "</svg>",
            ]
        )
    )


def _place(site: str, side: str, title: str, *, lit: bool = False, label: str = "") -> str:
    """A ring; lit it is a disc with a tick, so that no colour has to be told from another."""
    x, y = place_of(site, side)
    return (
        f'<g class="app-body-map__place{" is-active" if lit else ""}" data-site="{site}-{side}">{title}'
        f'<circle class="app-body-map__site" cx="{x}" cy="{y}" r="7"/>'
        f'<path class="app-body-map__tick" d="M{x - 3.5} {y}l2.5 3 4.5-6"/>{label}</g>'
    )


def _label(box: str, x: int, y: int) -> str:
    """Empty, so that the box keeps its one name."""
    half = PRESSED // 2
    return (
        f'<foreignObject x="{x - half}" y="{y - half}" width="{PRESSED}" height="{PRESSED}">'
        f'<label class="app-body-map__label" for="{escape(box)}"></label></foreignObject>'
    )
