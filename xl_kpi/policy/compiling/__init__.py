"""The steps of compiling a policy (``xl_kpi.policy.compile``), a module each."""
