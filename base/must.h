/*
 * must - what a caller may not pass over: the function can fail, and says so
 * by what it returns.
 */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
