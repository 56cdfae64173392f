/* One connection: from the handshake to its end, and what it hears in between. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"
#include "histogram.h"
#include "ledger.h"
#include "options.h"

enum role {
    MEMBER, /* hears everything, from the beginning to the end */
    SLOW,   /* reads so slowly that the server may let it go */
    VISITOR /* comes and goes while the others talk */
};

enum state { AWAY, CONNECTING, UPGRADING, GREETING, READY, LEAVING };

struct client {
    int fd, port;
    unsigned id;
    enum role role;
    enum state state;
    bool wants_write;
    struct room *room;
    struct reader reader;
    struct sender *sender; /* NULL for those who only listen */
    struct outgoing out;
    char *rest; /* the beginning of a frame whose end isn't there yet */
    size_t rest_bytes;
    uint64_t ready_ns;
};

/* The whole load: what is asked for, everybody in it, and what has been counted. */
struct load {
    struct options options;
    int epoll;
    struct room *rooms;
    struct sender *senders;
    struct client *clients; /* the members, then the slow ones, then the visitors */
    unsigned run; /* what tells the ids of this run from those of every other */
    unsigned client_count, next_id;
    unsigned ready, under_way; /* members and slow ones that are ready; handshakes under way */
    bool is_measuring;
    struct faults faults;
    struct { uint64_t sent, delivered, acked, bytes, joined, left, let_go; unsigned let_go_code; } total;
    struct histogram delivery, far_delivery, all_have_it, ack; /* far: to another instance */
};

void client_connect(struct load *load, struct client *client, const char *path);

/* Say goodbye; the server answers, and then the connection is gone. */
void client_leave(struct load *load, struct client *client);

/* Put a message, as of *at_ns*, into what is to be sent; see client_flush. */
void client_post(struct load *load, struct client *client, uint64_t at_ns);

void client_flush(struct load *load, struct client *client);

/* Read at most so many bytes of what has come. */
void client_read(struct load *load, struct client *client, size_t bytes_max);

/* Wait for at most *wait_ms* for something to happen on any connection, and deal with it. */
void load_turn(struct load *load, int wait_ms);

#endif
