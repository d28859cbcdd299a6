"""What needs a person: one open task for each thing to do, with whom it is about and when it is due.

`opening` opens, rewords and closes tasks, in the transaction that made them necessary or settled them; every
subject uses it. `doing` is what people do with a task: take it, put it off, say what was done. The kinds are
listed in `models/task.py`; the pages are `pages/tasks/`. Families to ring: `telling/to_ring.py`.
"""
