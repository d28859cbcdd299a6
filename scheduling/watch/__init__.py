"""Does the work beside the pages go on?

`pulse` lets a worker say that it does, and `turns` one of several do what only one has to; `alarms` is what
people must know if the work does not go on. How a mail is tried again is in `telling/delivery.py`, and the
probes that machines ask are in `crmo_clinic/probes.py`.
"""
