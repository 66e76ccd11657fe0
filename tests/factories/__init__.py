"""What tests are made of: bases, corpora, runs, stores, and faults of the machine."""
