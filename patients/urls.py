"""Addresses of everything about a child. A URL name is its view's name and its template's."""

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("", views.find_patients, name="find_patients"),
    path("add/", views.add_patient, name="add_patient"),
    path("<int:pk>/", views.show_patient, name="show_patient"),
    path("<int:pk>/change/", views.change_patient, name="change_patient"),
    path("<int:pk>/contacts/add/", views.add_contact, name="add_contact"),
    path("contacts/<int:pk>/change/", views.change_contact, name="change_contact"),
]
