"""The demo: an automation on a sandbox, with nothing to sign up for."""
