"""Mail to clients: letters from the outbox, one at a time, each once as far as SMTP allows.

compose  a letter in words, with its calendar entry, as a message
line     one connection to the mail server, and what its answers mean
mailer   drains the outbox, and tries again later
"""
