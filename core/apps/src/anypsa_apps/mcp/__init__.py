"""The MCP server: what an agent may ask of a PSA, and what a policy lets it do."""
