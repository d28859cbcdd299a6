"""Addresses of messages that the hospital's records system sent."""

from django.urls import path

from scheduling.pages.adt import adt_messages

urlpatterns = [
    path("hospital-records/", adt_messages.list_adt, name="list_adt"),
    path("hospital-records/<int:pk>/", adt_messages.show_adt, name="show_adt"),
    path("hospital-records/<int:pk>/again/", adt_messages.retry_adt, name="retry_adt"),
]
