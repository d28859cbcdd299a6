"""The day unit: its hours, nurses and chairs, and what is booked in them.

`setup` changes what a unit has. `lock` is taken first by every act that changes what a unit can carry, and
`lapse` releases holds whose time is over. `diary_rows` turns rows into the `Diary` that `rules/` judge.
`board` is the week, as `drawing` makes it, `month` five of them. `misfits` finds booked courses that no
longer fit, and `recheck` keeps their tasks. `matches` finds waiting courses that fit into freed room, and
`freed_room` keeps those tasks. `other_infusions` places what is no course; `allowances` says which broken
rules a person may allow. Whether something may be booked is decided in `rules/objections.py`; booking it is
in `booking/`.
"""
