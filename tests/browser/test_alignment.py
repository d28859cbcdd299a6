"""What stands beside or below each other stands in one line."""

import pytest

from patients.access import Role

pytestmark = pytest.mark.browser


def test_the_boxes_of_a_review_stand_level_where_one_has_a_hint(visitors, things):
    page = visitors.look(f"/children/{things['long']}/reviews/add/", Role.NURSE)
    for pair in ("#id_chaq, #id_school_days_missed", "#id_esr, #id_crp", "#id_mri_lesions, #id_mri_on_year"):
        first, second = (box.bounding_box() for box in page.locator(pair).all())
        assert first["y"] + first["height"] == pytest.approx(second["y"] + second["height"], abs=2), pair


def test_the_buttons_of_all_offers_stand_below_each_other(visitors, things):
    page = visitors.look(f"/courses/{things['waiting']}/find-a-slot/", Role.COORDINATOR)
    offers = page.locator(".app-offer__actions")
    assert {offers.nth(n).locator("a").count() for n in range(offers.count())} >= {2, 3}
    lefts = {round(offer.bounding_box()["x"]) for offer in offers.all()}
    assert max(lefts) - min(lefts) <= 1
