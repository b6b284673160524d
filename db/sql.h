/*
 * sql - the statements of db/sql/, built into the program. What fits on a line
 * stands where it is asked; what does not is a file there.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

extern const char sql_by_user[];
extern const char sql_by_certificate[];
extern const char sql_facts[];

#endif
