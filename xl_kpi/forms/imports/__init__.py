"""Attendance exports of 钉钉, 企业微信, card readers and tick sheets: what they say of each day, and what it comes to.

``recognise`` tells what a sheet is and has it read by its kind: ``across`` (a row a person, the days across), ``daily``
(a row a person and day, or a punch), ``blocks`` (a block a person).  ``cells`` and ``things.toml`` say what the words
are, ``shifts`` what times come to, ``counting`` what counts as what; ``asking`` collects what HR must say.
"""
