"""Families' own pages, on which nothing names the child, and the public leaflet, which is about nobody."""

from scheduling.pages.family.calendars import download_day, show_calendar, show_feed
from scheduling.pages.family.leaflet import show_leaflet, show_leaflet_page, show_leaflets, show_words
from scheduling.pages.family.name_of_child import name_child
from scheduling.pages.family.offered_days import answer_offer_of_days, show_offer_answer
from scheduling.pages.family.page import show_nothing, show_page
from scheduling.pages.family.pain_back import say_pain_is_back
from scheduling.pages.family.pictures import show_pictures
from scheduling.pages.family.tell_unit import (
    answer_days,
    ask_change,
    check_in,
    give_dates,
    say_unwell,
    show_sent,
)

__all__ = [
    "answer_days",
    "answer_offer_of_days",
    "ask_change",
    "check_in",
    "download_day",
    "give_dates",
    "name_child",
    "say_pain_is_back",
    "say_unwell",
    "show_calendar",
    "show_feed",
    "show_leaflet",
    "show_leaflet_page",
    "show_leaflets",
    "show_nothing",
    "show_offer_answer",
    "show_page",
    "show_pictures",
    "show_sent",
    "show_words",
]
