#define _GNU_SOURCE
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The example of RFC 6455, section 1.3, and the answer to it. Keys keep no secret. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { FINAL = 0x80, MASKED = 0x80, SIZE_16 = 126, SIZE_64 = 127 };

static char *reserved(struct outgoing *out, size_t size)
{
    if (out->start == out->end)
        out->start = out->end = 0;
    if (out->end + size > out->capacity) {
        out->capacity = 2 * (out->end + size);
        out->bytes = realloc(out->bytes, out->capacity);
        if (!out->bytes) {
            fprintf(stderr, "roomload: out of memory\n");
            exit(2);
        }
    }
    return out->bytes + out->end;
}

void put_handshake(struct outgoing *out, const char *host, int port, const char *path,
                   const char *headers)
{
    char request[4096];
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\n"
                        "Sec-WebSocket-Version: 13\r\n%s\r\n",
                        path, host, port, headers);
    if (size >= (int)sizeof request) {
        fprintf(stderr, "roomload: the path or the headers are too long\n");
        exit(2);
    }
    memcpy(reserved(out, (size_t)size), request, (size_t)size);
    out->end += (size_t)size;
}

bool is_accepted(const char *answer, size_t size)
{
    return size > 12 && memcmp(answer, "HTTP/1.1 101", 12) == 0
           && memmem(answer, size, ACCEPT, sizeof ACCEPT - 1);
}

static uint32_t next_mask(void)
{
    static uint32_t state = 2463534242u; /* xorshift: spreads bits, keeps no secret */
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

void put_frame(struct outgoing *out, enum opcode opcode, const char *payload, size_t size)
{
    unsigned char *frame = (unsigned char *)reserved(out, size + 14), *to = frame;
    *to++ = (unsigned char)(FINAL | opcode);
    if (size < SIZE_16) {
        *to++ = (unsigned char)(MASKED | size);
    } else if (size < 65536) {
        *to++ = MASKED | SIZE_16;
        *to++ = (unsigned char)(size >> 8);
        *to++ = (unsigned char)size;
    } else {
        *to++ = MASKED | SIZE_64;
        for (int shift = 56; shift >= 0; shift -= 8)
            *to++ = (unsigned char)((uint64_t)size >> shift);
    }
    uint32_t word = next_mask();
    unsigned char mask[4];
    memcpy(mask, &word, 4);
    memcpy(to, mask, 4);
    to += 4;
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)payload[i] ^ mask[i & 3];
    out->end += (size_t)(to - frame) + size;
}

bool read_frame(char *bytes, size_t size, struct frame *frame)
{
    const unsigned char *head = (const unsigned char *)bytes;
    if (size < 2)
        return false;
    if (!(head[0] & FINAL) || (head[0] & 0x70) || (head[1] & MASKED)) {
        fprintf(stderr, "roomload: the server sends frames that are fragmented, compressed or masked\n");
        exit(2);
    }
    uint64_t length = head[1];
    size_t header = 2;
    if (length >= SIZE_16) {
        size_t more = length == SIZE_16 ? 2 : 8;
        header += more;
        if (size < header)
            return false;
        length = 0;
        for (size_t i = 0; i < more; i++)
            length = length << 8 | head[2 + i];
    }
    if (size - header < length)
        return false;
    frame->opcode = (enum opcode)(head[0] & 15);
    frame->payload = bytes + header;
    frame->size = length;
    frame->whole = header + length;
    return true;
}
