"""`anypsa export`: a collection in a file, kept up to date: what it is read into, and how it is written."""
