"""What stands in for the outside world: servers that do as they are told, and a transport that keeps what it
is given. The clock is `tests/clock.py`, for it stands in before anything of the app is imported."""
