"""A report of runs as HTML, Markdown or LaTeX."""
