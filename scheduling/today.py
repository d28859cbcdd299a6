"""The day list: who comes, in order of arrival, and what to know about each child."""
