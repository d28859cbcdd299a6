"""New days for booked courses that no longer fit: who is hit, what could be instead, and making it real.

`hit` says who has to move and for whom a person decides first; `asking` asks for proposals. The process of a
draft (`booking/drafts`) works them out by `proposing`, the only module here that uses the planner.
`line_states` says of each line whether it can still be done, and who has to move with it; `moving` holds days
and moves courses, by the ordinary acts.
"""
