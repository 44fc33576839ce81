"""`python -m bot` is `threadpilot`."""

from bot.cli import main

main(prog_name="threadpilot")
