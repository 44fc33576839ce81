"""A Slack of our own: protocol-true, in memory, for the tests and the demonstration."""
