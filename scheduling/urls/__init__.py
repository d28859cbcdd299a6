"""Addresses of scheduling. A URL name is its view's name and its template's."""

app_name = "scheduling"
urlpatterns: list = []
