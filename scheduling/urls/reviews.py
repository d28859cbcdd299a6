"""Addresses of a child's history, of reviews and of what was decided."""

from django.urls import path

from scheduling.views import decisions, history, plans, reviews

urlpatterns = [
    path("children/<int:pk>/history/", history.show_history, name="show_history"),
    path("children/<int:pk>/reviews/add/", reviews.add_review, name="add_review"),
    path("children/<int:pk>/imaging/add/", reviews.add_imaging, name="add_imaging"),
    path("children/<int:pk>/medicines/add/", reviews.add_medicine, name="add_medicine"),
    path("children/<int:pk>/decide/", decisions.add_decision, name="add_decision"),
    path("decisions/<int:pk>/", decisions.show_decision, name="show_decision"),
    path("decisions/<int:pk>/change/", decisions.change_decision, name="change_decision"),
    path("reviews/", plans.list_plans, name="list_plans"),
    path("reviews/import/", plans.import_results, name="import_results"),
    path("reviews/<int:pk>/", reviews.show_review, name="show_review"),
    path("reviews/<int:pk>/change/", reviews.change_review, name="change_review"),
    path("imaging/<int:pk>/change/", reviews.change_imaging, name="change_imaging"),
    path("medicines/<int:pk>/change/", reviews.change_medicine, name="change_medicine"),
]
