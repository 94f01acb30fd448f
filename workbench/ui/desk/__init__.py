"""The desk: one report at a time, one key a decision. Every module is told the stage it works for.

`desk` puts it on the page; the others are one thing each. What a run of the page settled once (who, which plan, which
filters) is a `session.Desk`; a decision reruns the desk alone and asks the store once.
"""
