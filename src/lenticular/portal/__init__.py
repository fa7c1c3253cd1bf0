"""The portal: the cloud's rooms in a browser.

It is a client like any other: people sign in to it through OAuth 2, and what it shows and
does goes over HTTP through the cloud's own interfaces, as the person who has signed in. What
they may not do there, they may not do here.
"""
