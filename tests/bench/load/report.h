/* The figures of a run, as one JSON object. */
#ifndef REPORT_H
#define REPORT_H

#include "client.h"
#include "process.h"

struct moment {
    uint64_t at_ns;
    uint64_t sent, delivered, acked, bytes;
    struct usage server;
    double own_cpu_s;
};

struct run {
    double connect_s;
    struct usage before, connected, idle; /* the server: alone, with everybody there, a while later */
    struct moment from, to;
    double replay_s;       /* until everybody had heard what was said before they came */
    uint64_t never_heard;  /* messages that not all members had when the wait for them ended */
};

struct moment moment_of(const struct load *load);

/* Print it; return whether everything arrived, once and in order. */
bool report(const struct load *load, const struct run *run);

#endif
