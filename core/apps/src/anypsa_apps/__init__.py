"""Where users meet anypsa: the `anypsa` command."""
