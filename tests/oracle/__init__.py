"""An independent reference implementation ('oracle') of the policies, for differential testing only."""
