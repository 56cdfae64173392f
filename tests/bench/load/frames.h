/* RFC 6455 as a client needs it for a load: one handshake, masked text frames, whole frames back. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opcode { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

/* Bytes that wait to be sent. */
struct outgoing {
    char *bytes;
    size_t start, end, capacity;
};

struct frame {
    enum opcode opcode;
    char *payload;
    size_t size;
    size_t whole; /* with its header */
};

/* Put the request for a WebSocket at *path*; *headers* are whole lines, or empty. */
void put_handshake(struct outgoing *out, const char *host, int port, const char *path,
                   const char *headers);

/* Whether an answer, which ends with an empty line, accepts the handshake. */
bool is_accepted(const char *answer, size_t size);

void put_frame(struct outgoing *out, enum opcode opcode, const char *payload, size_t size);

/*
 * Read one frame at the beginning of *bytes*. Return false if it isn't all there yet.
 * A server's frame that is fragmented or masked ends the program with a sentence.
 */
bool read_frame(char *bytes, size_t size, struct frame *frame);

#endif
