"""Results as tables, plots and JSON documents. Nothing here decides anything."""
