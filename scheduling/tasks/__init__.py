"""What needs a person: one open task for each thing to do, with whom it is about and until when.

`opening` opens, rewords and closes tasks, in the transaction of what made or settled them: for every subject.
`doing` is what people do about a task: take it, put it off, say what was done.
The list of kinds is `models/task.py`; the pages are `pages/tasks/`. Families to ring: `telling/to_ring.py`.
"""
