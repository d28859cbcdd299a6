"""Moving in from spreadsheets: children, contacts, who waits, who is booked; and taking a file back.

`columns` names what a file may say and finds it by its headings; `reading` reads one line, `course_cells`
what it says of a course, `cells` one cell; `judging` compares lines with what is here; `asking` keeps a file,
what is answered about it, and the confirmation; `taking_in` and `taking_back` are jobs of the worker, by
`pieces`; `telling_families` sends the invites when somebody says so. Files of results are in
`history/results_file`; how any spreadsheet is read, in `crmo_clinic.nhsuk.spreadsheets`; how days are booked
with nothing sent, in `booking/unsent`.
"""
