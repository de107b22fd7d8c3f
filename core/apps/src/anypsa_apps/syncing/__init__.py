"""`anypsa sync`: the collections of many tenants in files, kept up to date: whose turn it is, and what is done in one."""
