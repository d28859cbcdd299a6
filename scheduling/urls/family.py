"""Addresses of families' own pages: the only ones, with the public page of words, that need no sign-in."""

from django.urls import path

from scheduling.views import family

app_name = "family"
urlpatterns = [
    path("<str:token>/", family.show_page, name="show_page"),
]
