"""How dates and times are written where Django knows it not, or not well."""
