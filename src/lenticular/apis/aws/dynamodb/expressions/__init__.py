"""The expression language of DynamoDB, from text to functions on items.

`lexer` and `parser` are below all; `conditions`, `projections` and `updates` parse into
`nodes`; `compiler`, `changes`, `keyconditions` and `projections` make functions of them;
`legacy` makes nodes of the older parameters. `request` is what operations use.
"""
