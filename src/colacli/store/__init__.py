"""The content-addressed store: specs, manifests, runs, names."""
