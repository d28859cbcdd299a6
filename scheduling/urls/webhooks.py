"""Addresses of systems that are told of visits."""

from django.urls import path

from scheduling.pages.webhooks import event_pages, system_pages

urlpatterns = [
    path("", system_pages.list_webhooks, name="list_webhooks"),
    path("add/", system_pages.add_webhook, name="add_webhook"),
    path("<int:pk>/", system_pages.show_webhook, name="show_webhook"),
    path("<int:pk>/change/", system_pages.change_webhook, name="change_webhook"),
    path("<int:pk>/secret/", system_pages.renew_webhook, name="renew_webhook"),
    path("<int:pk>/switch/", system_pages.switch_webhook, name="switch_webhook"),
    path("<int:pk>/remove/", system_pages.remove_webhook, name="remove_webhook"),
    path("<int:pk>/test/", system_pages.test_webhook, name="test_webhook"),
    path("<int:pk>/replay/", system_pages.replay_webhook, name="replay_webhook"),
    path("events/", event_pages.list_webhook_events, name="list_webhook_events"),
    path("events/<int:pk>/", event_pages.show_webhook_event, name="show_webhook_event"),
    path("events/<int:pk>/replay/", event_pages.replay_webhook_event, name="replay_webhook_event"),
]
