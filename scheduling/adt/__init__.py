"""Messages about people from the hospital's records system (HL7 v2 ADT): A28, A31 and A40.

`receiving` stores a message, has it applied, and answers; messages come from `folder` (a job of the worker)
and `listening` (MLLP). `framing` parts bytes into messages, `taking_apart` knows fields and escapes,
`reading` says what a message says, `acknowledging` writes the answer. `judging` compares it with the records,
`identifying` says whether it is about the child of its numbers,
`differing` names what a person decides, `applying` writes the rest. `keeping` lets go of words that are old.
What a person is asked is a task; the pages are `pages/adt/`. Files that a person brings in: `moving_in/`.
"""
