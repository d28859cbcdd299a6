"""The day unit: its hours, nurses and chairs, and what stands in them.

`setup` changes what a unit has; `lock` is taken first by whoever changes what a unit can carry, and `lapse`
lets go of holds whose time is over. `diary_rows` turns rows into the `Diary` that `rules/` judge.
`board` draws the week; `misfits` finds booked courses that no longer fit and `recheck` keeps their tasks;
`matches` says who fits into room that became free, and `freed_room` asks about it.
Whether something may be booked is decided in `rules/objections.py`; booking it is `booking/`.
"""
