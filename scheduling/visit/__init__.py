"""The day of a visit: who comes, who is here, what was given.

`today` is the day list and `running_late` what runs late on it. `presses` is what is pressed as it happens,
`recording` what is written down or put right on the visit's page. Both move a visit on by `transitions`, as
does a day that cannot happen (`booking/lost_days.py`): what follows from each move stands there. `completion`
ends a course after its last day, and says whether a day may go ahead. `unrecorded` asks in the evening about
what nobody has recorded.
"""
