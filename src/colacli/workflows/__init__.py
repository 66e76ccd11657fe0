"""A file a verb: a request and a store in, a frozen result out."""
