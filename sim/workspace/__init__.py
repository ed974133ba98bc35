"""Create workspaces, and generate JSON Schemas for editors."""
