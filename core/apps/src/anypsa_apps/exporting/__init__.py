"""`anypsa export`: a collection in a file, kept up to date: what was read, what it is read into, how it is written."""
