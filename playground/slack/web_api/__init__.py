"""The Web API: a table of methods, handled by noun."""
