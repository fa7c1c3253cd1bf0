"""The operations of AWS Budgets, by what they are done to."""
