/* What a process has used, as the kernel counts it. */
#ifndef PROCESS_H
#define PROCESS_H

struct usage {
    double cpu_s; /* user and system time of all its threads, in steps of 10 ms */
    double rss_kib;
};

/* Add up what these processes use now. One that is gone counts as nothing. */
struct usage usage_of(const int *pids, int count);

/* The CPU time of this process itself, in seconds. */
double own_cpu_s(void);

#endif
