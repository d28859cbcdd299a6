"""What is done to a course as a whole (agree, hold, book, move, cancel), and to one day that cannot happen.

`agreements` saves what was agreed; `bookings` books, moves and cancels; `holds` holds days; `lost_days`
records decisions about one day. `placing` is what they share; `preview` shows what an act would send.
`contact_log` records attempts to reach a family. `missing_tasks` opens tasks for older rows. Whether
something may be booked is decided in `rules/objections.py`. What happens on the day itself is in `visit/`.
"""
