"""The day itself: who comes, who is here, what was given.

`today` is the day list and `running_late` what runs late on it. `presses` records as things happen, `care`
writes down or puts right what happened; `completion` ends a course after its last day, and says whether a
day may go ahead. A day that cannot happen is decided in `booking/lost_days.py`.
"""
