"""Addresses of a child's history, of reviews and of what was decided."""

from django.urls import path

from scheduling.pages.history import (
    decisions,
    due_reviews,
    history_files,
    history_page,
    results_from_files,
    review_pages,
)

urlpatterns = [
    path("children/<int:pk>/history/values.csv", history_files.download_values, name="download_values"),
    path("children/<int:pk>/history/plots.svg", history_files.download_plots, name="download_plots"),
    path("children/<int:pk>/history/", history_page.show_history, name="show_history"),
    path("children/<int:pk>/reviews/add/", review_pages.add_review, name="add_review"),
    path("children/<int:pk>/imaging/add/", review_pages.add_imaging, name="add_imaging"),
    path("children/<int:pk>/medicines/add/", review_pages.add_medicine, name="add_medicine"),
    path("children/<int:pk>/decide/", decisions.add_decision, name="add_decision"),
    path("decisions/<int:pk>/", decisions.show_decision, name="show_decision"),
    path("decisions/<int:pk>/change/", decisions.change_decision, name="change_decision"),
    path("reviews/", due_reviews.list_plans, name="list_plans"),
    path("reviews/import/", results_from_files.import_results, name="import_results"),
    path("reviews/import/<int:pk>/", results_from_files.undo_results, name="undo_results"),
    path("reviews/<int:pk>/", review_pages.show_review, name="show_review"),
    path("reviews/<int:pk>/change/", review_pages.change_review, name="change_review"),
    path("imaging/<int:pk>/change/", review_pages.change_imaging, name="change_imaging"),
    path("medicines/<int:pk>/change/", review_pages.change_medicine, name="change_medicine"),
]
