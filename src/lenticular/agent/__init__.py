"""Lenticular Connect: the agent that offers the folders of a machine to a cloud, and moves files.

It is one program wherever it runs: on a laptop (`lenticular connect run`), and beside the
server, which starts one for the collections of its own. It only calls out, keeps no data, and
does nothing outside of the folders that it was started with.
"""
