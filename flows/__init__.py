"""The verbs of the house: intake, digitise, link, release, receive, share, report."""
