"""Results → result sheets: plain data, one layout a module."""
