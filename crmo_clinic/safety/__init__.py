"""Papers on clinical safety, privacy and security (`README.md`); `parts.py` lists what the app is made of."""
