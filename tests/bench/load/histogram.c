#include "histogram.h"

static double middle_of(unsigned bucket)
{
    if (bucket < FINE)
        return bucket;
    unsigned shift = bucket / FINE - 1;
    uint64_t from = ((uint64_t)FINE + bucket % FINE) << shift;
    return (double)from + (double)((uint64_t)1 << shift) / 2;
}

double histogram_ms(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)h->count), seen = 0;
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        seen += h->counts[bucket];
        if (seen > wanted) {
            double ns = middle_of(bucket);
            return (ns < (double)h->max_ns ? ns : (double)h->max_ns) / 1e6;
        }
    }
    return (double)h->max_ns / 1e6;
}
