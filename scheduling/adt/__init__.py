"""Messages about people from the hospital's records system (HL7 v2 ADT): A28, A31 and A40.

`framing` parts bytes into messages and reads their first line; `reading` says what a message says, or why it
cannot be read; `acknowledging` writes the answer. `receiving` stores a message, has it applied, and answers;
`judging` compares what it says with the records, `applying` writes that. `folder` takes files (a job of the
worker), `listening` takes connections (MLLP). `keeping` lets go of words that are old. What a person is asked
is a task; the pages are `pages/adt/`. Files that a person brings in are in `moving_in/`.
"""
