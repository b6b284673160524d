"""koshin_tests - the verbs of the server tests.

    place           where the program and the checkout are
    patience        until(something holds)
    server          start a Koshin; accounts, step1, try_secret, certificates
    command_line    `koshin` as an operator calls it
    people          contracts, masters and users at the command line
    clients/        enroll: raw bytes, curl, strongSwan; requests and keys
    crowd, burst    many people, and all their requests at the same moment
    mail, courier   queue a mail, wait for it; the courier alone
    database, rows  a database with the schema, and rows in it
    ledger          certificates of other days
    sealing         read the audit chain, or break it
    promises        what is wrong with ledger, mails, audit and logs, if anything
    kill, replicas  end processes at any call; lose a Redis
    halfway         hold a PostgreSQL that is asked to let somebody in
    taken, injected be a process that somebody has taken over; make one do it
    terminal        a program on a terminal, and who sits before it
    clone           a copy of the project, for `make run`
    banner          what `make run` prints, read as a person does
    canary, memory  look for secrets; what is in a process
    plans           what PostgreSQL did for each statement
    gate, wire      the request gate alone; HTTP byte by byte
    ics             read calendars
    clocks, proxy   another time; a balancer in front
    checkout, pages, paste
                    type what README and docs print, as a newcomer does
    strict          a test that was skipped has failed
"""
