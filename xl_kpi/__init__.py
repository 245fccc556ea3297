"""xl-kpi: appraisal rules of a customer-service department turned into scores, stars and pay."""
