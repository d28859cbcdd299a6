"""The day of a visit: who comes, who is here, what was given.

`today` is the day list, and `running_late` what is late on it. `presses` are its buttons; `recording` is what
is written down or corrected on the visit's page. Both change a visit through `transitions`, which also has
what follows from each change, and so does a day that cannot happen (`booking/lost_days.py`). `completion`
ends a course after its last day, and says whether a day may go ahead.
"""
