"""`python -m anypsa_apps` is the `anypsa` command."""

from .cli import main

main()
