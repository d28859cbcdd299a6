"""Addresses of everything about a child. A URL has the name of its view and of its template."""

from django.urls import path

from patients import log_views, sensitive, shortcuts, views

app_name = "patients"
urlpatterns = [
    path("children/", views.find_patients, name="find_patients"),
    path("children/file/", views.export_patients, name="export_patients"),
    path("children/add/", views.add_patient, name="add_patient"),
    path("children/<int:pk>/", views.show_patient, name="show_patient"),
    path("children/<int:pk>/change/", views.change_patient, name="change_patient"),
    path("children/<int:pk>/contacts/add/", views.add_contact, name="add_contact"),
    path("children/contacts/<int:pk>/change/", views.change_contact, name="change_contact"),
    path("children/<int:pk>/why/", sensitive.give_reason, name="give_reason"),
    path("children/<int:pk>/log/", log_views.show_log_of_child, name="show_log_of_child"),
    path("users/<int:pk>/log/", log_views.show_log_of_user, name="show_log_of_user"),
    path("log/", log_views.search_log, name="search_log"),
    path("log/file/", log_views.download_log, name="download_log"),
    path("shortcuts/", shortcuts.list_shortcuts, name="list_shortcuts"),
    path("users/", views.list_users, name="list_users"),
    path("users/add/", views.add_user, name="add_user"),
    path("users/<int:pk>/change/", views.change_user, name="change_user"),
    path("users/<int:pk>/second-step/remove/", views.remove_second_step, name="remove_second_step"),
]
