"""A company's own forms (附表) and exports: recognised, read and filled where they are."""
