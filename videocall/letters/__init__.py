"""Letters from the outbox, by mail and by SMS: one at a time, each once as far as that can be.

letterhead  what a practice puts on every letter, and what the words of one are made from
compose     a letter as a message for mail, with its calendar entry
text        a letter as a text, short enough for an SMS
carrier     what carries letters, and what becomes of one
mail        carries messages to the mail server
sms         carries texts to an HTTP gateway
postman     drains the outbox of one channel, and tries again later
"""
