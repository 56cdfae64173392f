/*
 * What was sent, and whether everybody got it: each message once, and all in one order.
 *
 * Whoever is first to hear a message of a room writes down its place. Everybody else must
 * hear the same one there. So a delivery that is lost, comes twice or overtakes another is
 * seen at once, for the price of comparing sixteen characters. The first hearer is checked
 * too: one sender's messages come in the order in which they were sent.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MARK_CHARS = 16,      /* six hexadecimal digits for the sender, ten for its message's number */
    PLACES_MAX = 1 << 22, /* how far a reader may be behind in one room */
};

struct place {
    char mark[MARK_CHARS];
    uint64_t sent_ns;
    uint32_t owed; /* steady members that have not heard it yet */
    int port;      /* where it was sent */
};

struct room {
    unsigned number;
    unsigned steady;  /* members who must hear everything */
    unsigned senders;
    uint64_t sent;
    uint64_t finished; /* messages that all steady members have heard */
    struct place *places;
    uint64_t capacity, end;
    uint64_t first; /* nothing before this is kept, however much room there is */
};

struct reader {
    uint64_t next;  /* the place that it must hear next */
    bool is_placed; /* a newcomer begins wherever the room is */
    bool is_steady;
};

struct sender {
    unsigned number;
    int port;
    bool is_acked; /* whether the server acknowledges what it sends */
    uint64_t sent, heard, acked;
    uint64_t *sent_ns; /* of the messages under way, by number */
    uint64_t capacity;
};

struct faults {
    uint64_t missing, repeated, unknown, closed;
};

/* Note that *sender* sends a message at *at_ns*; write its mark, without a final 0. */
void ledger_send(struct room *room, struct sender *sender, uint64_t at_ns, char *mark);

/* Take the next acknowledgement of *sender*: return when its message was sent. */
uint64_t ledger_ack(struct sender *sender);

/*
 * Note that *reader* hears *mark*. Return its place, or NULL if it should not have heard it
 * now; *faults* says what was wrong. *senders* are all *count* of them, by number.
 */
struct place *ledger_hear(struct room *room, struct reader *reader, const char *mark,
                          struct sender *senders, unsigned count, struct faults *faults);

/* Make room for so many places, for readers who will begin far behind. */
void ledger_reserve(struct room *room, uint64_t places);

#endif
