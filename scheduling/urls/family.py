"""Addresses of families' own pages, and of the public leaflet and glossary. None needs a sign-in."""

from django.urls import path

from scheduling.pages import family

app_name = "family"
urlpatterns = [
    # A token has 43 characters, so none of "words", "about" and "feed" can be one.
    path("words/", family.show_words, name="show_words"),
    path("about/", family.show_leaflets, name="show_leaflets"),
    path("about/<int:pk>/", family.show_leaflet, name="show_leaflet"),
    path("about/<int:pk>/<slug:slug>/", family.show_leaflet_page, name="show_leaflet_page"),
    path("feed/<str:token>.ics", family.show_feed, name="show_feed"),
    path("<str:token>/", family.show_page, name="show_page"),
    path("<str:token>/can-you-come/", family.answer_days, name="answer_days"),
    path("<str:token>/days-offered/", family.answer_offer_of_days, name="answer_offer_of_days"),
    path("<str:token>/days-offered/<int:pk>/", family.show_offer_answer, name="show_offer_answer"),
    path("<str:token>/change/", family.ask_change, name="ask_change"),
    path("<str:token>/unwell/", family.say_unwell, name="say_unwell"),
    path("<str:token>/dates/", family.give_dates, name="give_dates"),
    path("<str:token>/how-it-went/", family.check_in, name="check_in"),
    path("<str:token>/name/", family.name_child, name="name_child"),
    path("<str:token>/back/", family.say_pain_is_back, name="say_pain_is_back"),
    path("<str:token>/pictures/", family.show_pictures, name="show_pictures"),
    path("<str:token>/sent/<str:what>/", family.show_sent, name="show_sent"),
    path("<str:token>/calendar/", family.show_calendar, name="show_calendar"),
    path("<str:token>/calendar/day-<int:number>.ics", family.download_day, name="download_day"),
    # Last: anything else is an address that was cut short or added to.
    path("<path:rest>/", family.show_nothing, name="show_nothing"),
]
