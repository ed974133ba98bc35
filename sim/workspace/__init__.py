"""What a user works with: a workspace of files, and JSON Schemas for editors."""
