"""A Discord of our own: REST v10, gateway and the people of one server."""
