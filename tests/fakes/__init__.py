"""What stands in for the outside world: servers that do as they are told, and a transport that keeps what it
is given. The clock is in `tests/clock.py`, because it starts before anything of the app is imported."""
