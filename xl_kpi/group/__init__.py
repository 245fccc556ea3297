"""Many workbooks at once (集团): one run over the departments of a group."""
