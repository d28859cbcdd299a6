"""A picture of the body from the front and from behind, with the sites that are active: an SVG, no script."""

from collections.abc import Collection, Iterator
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext

from scheduling.models import BodySite, Side, every_site, site_name

WIDTH, HEIGHT, BACK = 310, 316, 160
MIRROR = 150
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


def body_map(
    active: Collection[tuple[str, str]], *, hidden: bool = False, names_sites: bool = True
) -> SafeString:
    """The SVG. active: pairs of site and side. hidden: from screen readers, as the page says it in words.
    names_sites: each by its name in English, under the pointer."""
    names = ", ".join(site_name(site, side) for site, side in active) or "none"
    label = 'aria-hidden="true"' if hidden else 'role="img" aria-labelledby="body-map-title"'
    title = "" if hidden else f'<title id="body-map-title">Active sites: {escape(names)}</title>'
    parts = [
        f'<svg class="app-body-map" xmlns="http://www.w3.org/2000/svg" {label} '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">{title}',
        *_figure(0, gettext("Front"), gettext("Right"), gettext("Left")),
        *_figure(BACK, pgettext("of the body", "Back"), gettext("Left"), gettext("Right")),
        *_sites(set(active), names_sites),
        "</svg>",
    ]
    return mark_safe("".join(parts))


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


def _sites(active: Collection[tuple[str, str]], names_sites: bool) -> Iterator[str]:
    for site, side in every_site():
        x, y = place_of(site, side)
        lit = " is-active" if (site, side) in active else ""
        yield (
            f'<circle class="app-body-map__site{lit}" data-site="{site}-{side}" cx="{x}" cy="{y}" r="6">'
            f"{f'<title>{escape(site_name(site, side))}</title>' if names_sites else ''}</circle>"
        )
