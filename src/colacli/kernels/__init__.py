"""What makes the models fast: each computes what a few plain lines of torch do, and the tests compare it with them."""
