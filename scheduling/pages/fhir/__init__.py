"""What other systems are answered: tokens (`signing_in`), and what they read as FHIR (`reading`).

`opening` asks for a token, counts requests, and turns every refusal into an OperationOutcome. No page, no
cookie, no sign-in of staff. What is in an answer is made in `scheduling/fhir`; the page of the unit lead is
in `pages/other_systems`.
"""
