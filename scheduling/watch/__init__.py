"""Does the work beside the pages go on?

`pulse` lets a worker say that it does; `alarms` is what people must know if it does not. How a mail is tried
again is in `telling/delivery.py`, and the probes that machines ask are in `crmo_clinic/probes.py`.
"""
