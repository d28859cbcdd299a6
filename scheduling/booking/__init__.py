"""What is done to a course as a whole (agree, hold, book, move, cancel), and to one day that cannot happen.

`agreements` saves what was agreed; `bookings` books, moves and cancels; `holds` holds; `lost_days` decides
about one day; `sharing` links courses whose children come on the same days; `placing` is what all share;
`preview` shows what an act would send. `family_dates` keeps the dates that a family could not do;
`contact_log` notes how it went to reach a family. Whether it fits: `rules/objections.py`. What happens on the
day itself: `visit/`.
"""
