"""Addresses of moving in from spreadsheets."""

from django.urls import path

from scheduling.pages.moving_in import imports

urlpatterns = [
    path("moving-in/", imports.move_in, name="move_in"),
    path("moving-in/<int:pk>/", imports.show_import, name="show_import"),
    path("moving-in/<int:pk>/file/", imports.download_import, name="download_import"),
    path("moving-in/<int:pk>/take-back/", imports.undo_import, name="undo_import"),
    path("moving-in/<int:pk>/tell/", imports.tell_import, name="tell_import"),
]
