"""Urdu: Django has none, so it would write dates as Americans do, and call two in the afternoon evening."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
