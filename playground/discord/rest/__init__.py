"""The REST API: its front door and one file for each kind of thing."""
