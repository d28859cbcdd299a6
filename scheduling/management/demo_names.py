"""The words of the demo data. Every person is made up; no real record was used.

Phone numbers come from the ranges that Ofcom keeps for drama, and addresses from domains that nobody can
own (RFC 2606).
"""

# A child, the mother, the father. Parents of different surnames live in two households.
FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("Amelia Hartwell", "Claire Hartwell", "Tom Hartwell"),
    ("Yusuf Rahmani", "Nadia Rahmani", "Karim Rahmani"),
    ("Zofia Dąbrowska", "Marta Dąbrowska", "Piotr Dąbrowski"),
    ("Jack Pemberly", "Lucy Anstey", "Dean Pemberly"),
    ("Aisha Qureshi-Lamb", "Saira Qureshi", "Peter Lamb"),
    ("Noah Blakelock", "Hannah Blakelock", "Joe Blakelock"),
    ("Temperance Adeyinka", "Folake Adeyinka", "Tunde Adeyinka"),
    ("Seren Powys-Rees", "Siân Powys", "Gethin Rees"),
    ("Arjun Venkatesan", "Lakshmi Venkatesan", "Suresh Venkatesan"),
    ("Freya Northcote", "Emma Northcote", "Lee Harbottle"),
    ("Mateo Villacorta", "Lucía Ferreyra", "Andrés Villacorta"),
    ("Poppy Thistlewood", "Gemma Thistlewood", "Ryan Thistlewood"),
    ("Ibrahim Sesay-Cole", "Mariama Sesay", "Winston Cole"),
    ("Ottilie Marchbanks", "Harriet Marchbanks", "Giles Marchbanks"),
    ("Kai Nakagawa-Firth", "Yumi Nakagawa", "Alex Firth"),
    ("Ruby Ollerenshaw", "Donna Ollerenshaw", "Craig Ollerenshaw"),
    ("Dawud Ansarizadeh", "Parisa Ansarizadeh", "Navid Ansarizadeh"),
    ("Maisie Cropthorne", "Stacey Bullivant", "Wayne Cropthorne"),
    ("Nikhil Bhattarai", "Sunita Bhattarai", "Ramesh Bhattarai"),
    ("Eilidh MacAskie", "Morag MacAskie", "Ewan MacAskie"),
    ("Tobias Wetherell", "Joanne Wetherell", "Simon Wetherell"),
    ("Hafsa Warsame-Noor", "Ifrah Noor", "Abdi Warsame"),
    ("Luca Bertolazzi", "Chiara Bertolazzi", "Paolo Bertolazzi"),
    ("Matilda Eastbrooke", "Naomi Eastbrooke", "Mark Eastbrooke"),
    ("Simran Dhillon-Gray", "Harpreet Dhillon", "Colin Gray"),
    ("Alfie Rossington", "Kelly Rossington", "Darren Rossington"),
    ("Chidera Onwuachi", "Ngozi Onwuachi", "Emeka Onwuachi"),
    ("Imogen Fairclough-Day", "Bethany Day", "Stuart Fairclough"),
    ("Rafael Quintanilha", "Beatriz Quintanilha", "Tiago Quintanilha"),
    ("Lottie Ambersley", "Vicky Ambersley", "Neil Ambersley"),
    ("Zayn Chaudhery", "Rukhsana Chaudhery", "Tariq Chaudhery"),
    ("Erin O’Darragh", "Aoife O’Darragh", "Declan O’Darragh"),
    ("Theo Papanikos", "Eleni Papanikos", "Kostas Papanikos"),
    ("Grace Mwangisha", "Wanjiru Mwangisha", "Daniel Mwangisha"),
    ("Harvey Stillwater", "Louise Penhallow", "Scott Stillwater"),
    ("Leyla Demirtuna", "Elif Demirtuna", "Murat Demirtuna"),
    ("Finlay Abercairn", "Kirsty Abercairn", "Rory Abercairn"),
    ("Anaya Deshmane", "Priya Deshmane", "Vikram Deshmane"),
    ("Oscar Whitlocke", "Sally Whitlocke", "Ben Whitlocke"),
    ("Katarína Hrušovská", "Zuzana Hrušovská", "Marek Hrušovský"),
    ("Jude Applegarth", "Abigail Foxton", "Chris Applegarth"),
    ("Safiya Al-Harazi", "Amal Al-Harazi", "Omar Al-Harazi"),
    ("Beatrix Holdsworthy", "Alice Holdsworthy", "Jonathan Holdsworthy"),
    ("Emmanuel Asamoah-Kent", "Akosua Asamoah", "Philip Kent"),
    ("Florence Tidmarshe", "Katie Tidmarshe", "Adam Tidmarshe"),
    ("Milo Sundqvister", "Astrid Sundqvister", "Jon Sundqvister"),
    ("Saskia Vanderhoek", "Marieke Vanderhoek", "Pieter Vanderhoek"),
    ("Reuben Castleford-Ames", "Dawn Ames", "Nigel Castleford"),
)

# The others are boys.
GIRLS = frozenset(
    (
        *(
            "Adaeze",
            "Aisha",
            "Amara",
            "Amelia",
            "Anaya",
            "Beatrix",
            "Carys",
            "Chidera",
            "Eilidh",
            "Erin",
            "Evie",
        ),
        *("Florence", "Freya", "Grace", "Hafsa", "Harleen", "Imogen", "Isla", "Katarína", "Leyla", "Lottie"),
        *("Maisie", "Matilda", "Meilin", "Ottilie", "Poppy", "Ruby", "Safiya", "Saskia", "Seren", "Simran"),
        *("Solomiia", "Temperance", "Zofia"),
    )
)

CLINICIANS = ("Dr Rhiannon Pughe", "Dr Samuel Adewale", "Dr Leila Farrukh", "Dr Martin Cawthorne")

NEEDS = (
    "Play specialist: afraid of needles",
    "Difficult veins: the most experienced nurse starts the drip",
    "Wheelchair, and a hoist to move to the bed",
    "Quiet place: noise is hard to bear. A cubicle if one is free",
    "Allergic to some plasters: use the ones the family brings",
    "Feels cold: heat pack before the drip is started",
    "Hearing aids: face the child when you speak",
    "Likes to watch films with headphones",
)

# By child, where it is not English; True: an interpreter is needed.
LANGUAGES: dict[str, tuple[str, bool]] = {
    "Yusuf Rahmani": ("Dari", False),
    "Zofia Dąbrowska": ("Polish", False),
    "Mateo Villacorta": ("Spanish", True),
    "Dawud Ansarizadeh": ("Farsi", True),
    "Nikhil Bhattarai": ("Nepali", True),
    "Hafsa Warsame-Noor": ("Somali", False),
    "Katarína Hrušovská": ("Slovak", True),
}

# By child: a grandparent to ring if nobody else answers.
GRANDPARENTS: dict[str, str] = {
    "Amelia Hartwell": "Margaret Hartwell",
    "Noah Blakelock": "Patricia Dunmore",
    "Maisie Cropthorne": "Jean Bullivant",
    "Eilidh MacAskie": "Agnes MacAskie",
    "Zayn Chaudhery": "Nasreen Chaudhery",
    "Grace Mwangisha": "Esther Mwangisha",
    "Alfie Rossington": "Terry Rossington",
}
