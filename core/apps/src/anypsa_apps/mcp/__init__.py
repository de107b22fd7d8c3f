"""The MCP server: what an agent may ask of a PSA. First edition: it only reads."""
