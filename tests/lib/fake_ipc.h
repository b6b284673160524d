/*
 * fake_ipc - clients of base/ipc_client.h whose other end is in this process:
 * what is asked goes to `take`, which answers by fake_ipc_answer(), later.
 * A question that was forgotten and that nobody answers goes with its client.
 */
#ifndef TESTS_LIB_FAKE_IPC_H
#define TESTS_LIB_FAKE_IPC_H

#include "base/ipc_client.h"

typedef bool fake_ipc_take_fn(
    void *arg, struct ipc_client *, const struct ipc_head *, size_t bytes);

/* The other end of those that are opened from now on. */
void fake_ipc_to(fake_ipc_take_fn *take, void *arg);
/* How many messages have gone there; may be set. */
extern unsigned fake_ipc_said;
void fake_ipc_answer(struct ipc_client *, struct ipc_head *, size_t bytes);

#endif
