"""Attendance exports: 钉钉, 企业微信, card readers, tick sheets → what they say of each person and day → counts and hours.

``recognise`` tells what a sheet is and has it read by its kind: ``across`` (a row a person, the days across), ``daily``
(a row a person and day, or a punch), ``blocks`` (a block a person).  ``cells`` and ``things.toml`` say what the words
are, ``shifts`` what times come to, ``counting`` what counts as what; ``asking`` collects what HR must say.
"""
