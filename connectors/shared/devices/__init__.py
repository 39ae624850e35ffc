"""What logs and inventories of devices have in common: how a program is named, whose device it is. No source itself.

`programs` names an application, process, extension or package as the catalog does (services/labelling/programs.py),
`tables` knows the tables of osquery, `people` finds the person in logins and paths, `lookups` the names that lead out
of the network, `mcp` reads the servers of a Model Context Protocol configuration.
"""
