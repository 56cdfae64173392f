/*
 * How long things took: counted in buckets, so that memory doesn't grow with what is measured.
 * A bucket is at most 1/128 wide, so a percentile is right to 0.8 %.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { FINE_BITS = 7, FINE = 1 << FINE_BITS, BUCKETS = (64 - FINE_BITS) * FINE };

struct histogram {
    uint64_t counts[BUCKETS];
    uint64_t count;
    uint64_t max_ns;
};

/* Which bucket a time falls into: below FINE each nanosecond has its own. */
static inline unsigned bucket_of(uint64_t ns)
{
    if (ns < FINE)
        return (unsigned)ns;
    unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - FINE_BITS;
    return (shift + 1) * FINE + (unsigned)((ns >> shift) & (FINE - 1));
}

static inline void histogram_add(struct histogram *h, uint64_t ns)
{
    h->counts[bucket_of(ns)]++;
    h->count++;
    if (ns > h->max_ns)
        h->max_ns = ns;
}

/* The time, in ms, within which this share (0 … 1) of what was added lies; 0 if there is nothing. */
double histogram_ms(const struct histogram *h, double share);

#endif
