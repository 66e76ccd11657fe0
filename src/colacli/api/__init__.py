"""What `import colacli` gives: the verbs, and handles of their results. docs/api.md explains."""
