"""An OpenAI-compatible model of our own: a script for tests, a small real model for the demo."""
