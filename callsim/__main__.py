"""`python -m callsim`."""

from callsim.cli import main

main()
