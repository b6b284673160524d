"""filling - a ledger as years of service leave it (bench/fill.py).

    history         which certificates there are, and what became of each
    der             their bytes
    tables          the rows of each table, as texts of COPY
    copying         COPY, in one transaction, and indexes afterwards
"""
