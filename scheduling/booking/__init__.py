"""What is done to a course as a whole (agree, hold, book, move, cancel), and to one day that cannot happen.

`agreements` saves what was agreed; `bookings` books, moves and cancels; `holds` holds; `offers` asks a
family whether held days are good, `answer_offer` takes its answer, `next_family` asks the next; `lost_days`
decides about one day; `chairs` changes the chair of a day, or swaps two; `undo` undoes the last act by what
`undoable` kept of it; `sharing` links courses whose children come on the same days, `together` places several
courses at once, `linked` holds and cancels them; `drafts` plans many courses, `replanning` those that a
closure hits; `placing` is what all share, `retiming` what gives booked days other times;
`overrides` keeps which rules somebody let a course break;
`preview` shows what an act would send. `child_limits` keeps when a family cannot come, with the child;
`family_dates` the dates it could not do; `contact_log` notes how it went to reach a family; `pauses` pauses a
course that waits. Whether it fits: `rules/objections.py`. What happens on the day itself: `visit/`.
"""
