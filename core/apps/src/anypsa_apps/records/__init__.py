"""Commands on records: what words on the command line mean, what is done, how records look."""
