"""How long things are kept, and how a child's record is erased.

`policy` says until when a record is kept and which are due; `kinds` how long all else is. `erase` deletes
what is known of one child; the logs lose its details by `patients/erasing.py`. `job` erases what is due, a
few a day, where that is switched on. Legal holds are in `patients/legal_hold.py`: the record is the child's.
"""
