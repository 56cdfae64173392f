#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

enum {
    INBOX_BYTES = 8 << 20, /* above the largest frame: a greeting that names ten thousand people */
    READ_BYTES = 256 << 10,
    SLOW_BUFFER_BYTES = 4096,
    CONNECTIONS_PER_ADDRESS = 20000, /* an address has 28,000 ports for them */
};

static char inbox[INBOX_BYTES];

static void watch(struct load *load, struct client *client, int how)
{
    bool is_read_by_the_clock = client->role == SLOW && client->state == READY;
    struct epoll_event event = {.data.ptr = client};
    event.events = (is_read_by_the_clock ? 0 : EPOLLIN) | (client->wants_write ? EPOLLOUT : 0);
    epoll_ctl(load->epoll, how, client->fd, &event);
}

/* Fill in %r and %i; %T and %c are for client_post. */
static const char *filled_in(const char *template, const struct client *client)
{
    static char text[8192];
    size_t size = 0;
    for (; *template && size < sizeof text - 16; template++) {
        if (template[0] == '%' && (template[1] == 'r' || template[1] == 'i')) {
            unsigned value = template[1] == 'r' ? client->room->number : client->id;
            size += (size_t)sprintf(text + size, "%u", value);
            template++;
        } else {
            text[size++] = *template;
        }
    }
    text[size] = 0;
    return text;
}

static void bind_to_an_address_with_free_ports(int fd, unsigned id)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(0x7f000002u + id / CONNECTIONS_PER_ADDRESS);
    int on = 1;
    setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    bind(fd, (struct sockaddr *)&from, sizeof from);
}

void client_connect(struct load *load, struct client *client, const char *path)
{
    const struct options *o = &load->options;
    client->id = load->next_id++;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0) {
        fprintf(stderr, "roomload: no more connections: %s\n", strerror(errno));
        exit(2);
    }
    int on = 1, small = SLOW_BUFFER_BYTES;
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (client->role == SLOW)
        setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (o->members + o->slow > CONNECTIONS_PER_ADDRESS)
        bind_to_an_address_with_free_ports(client->fd, client->id);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)client->port)};
    to.sin_addr.s_addr = inet_addr(o->host);
    connect(client->fd, (struct sockaddr *)&to, sizeof to);
    client->state = CONNECTING;
    client->wants_write = true;
    client->out.start = client->out.end = 0;
    client->rest_bytes = 0;
    load->under_way++;
    put_handshake(&client->out, o->host, client->port, filled_in(path, client), o->headers);
    watch(load, client, EPOLL_CTL_ADD);
}

static void gone(struct load *load, struct client *client)
{
    if (client->state < READY && client->state != AWAY)
        load->under_way--;
    if (client->role == SLOW && client->state == READY)
        load->total.let_go++;
    else if (client->state != LEAVING)
        load->faults.closed++;
    client->state = AWAY;
    close(client->fd);
}

void client_flush(struct load *load, struct client *client)
{
    struct outgoing *out = &client->out;
    while (out->start < out->end) {
        ssize_t sent = send(client->fd, out->bytes + out->start, out->end - out->start, MSG_NOSIGNAL);
        if (sent < 0)
            break;
        out->start += (size_t)sent;
    }
    bool wants_write = out->start < out->end;
    if (wants_write != client->wants_write) {
        client->wants_write = wants_write;
        watch(load, client, EPOLL_CTL_MOD);
    }
}

void client_leave(struct load *load, struct client *client)
{
    static const char NORMAL[] = "\x03\xe8"; /* 1000 */
    client->state = LEAVING;
    load->total.left++;
    put_frame(&client->out, CLOSE, NORMAL, 2);
    client_flush(load, client);
}

void client_post(struct load *load, struct client *client, uint64_t at_ns)
{
    static char padding[64 << 10], text[128 << 10];
    const struct options *o = &load->options;
    char mark[MARK_CHARS];
    if (!padding[0])
        memset(padding, 'x', sizeof padding);
    int size = o->sizes[client->sender->sent % (unsigned)o->size_count];
    ledger_send(client->room, client->sender, at_ns, mark);
    char *to = text;
    for (const char *from = o->message; *from; from++) {
        if (from[0] == '%' && from[1] == 'T')
            to += sprintf(to, "~M%.16s%.*s", mark, size, padding), from++;
        else if (from[0] == '%' && from[1] == 'c')
            to += sprintf(to, "%08x-%.16s", load->run, mark), from++;
        else if (from[0] == '%' && from[1] == 'r')
            to += sprintf(to, "%u", client->room->number), from++;
        else
            *to++ = *from;
    }
    put_frame(&client->out, TEXT, text, (size_t)(to - text));
    load->total.sent++;
}

static void now_ready(struct load *load, struct client *client, uint64_t now)
{
    client->state = READY;
    client->ready_ns = now;
    load->under_way--;
    if (client->role == VISITOR)
        load->total.joined++;
    else
        load->ready++;
    if (client->role == SLOW)
        watch(load, client, EPOLL_CTL_MOD);
}

static void greet(struct load *load, struct client *client, uint64_t now)
{
    const struct options *o = &load->options;
    client->state = GREETING;
    for (int i = 0; i < o->hello_count; i++) {
        const char *hello = filled_in(o->hellos[i], client);
        put_frame(&client->out, TEXT, hello, strlen(hello));
    }
    client_flush(load, client);
    if (!o->ready)
        now_ready(load, client, now);
}

static void hear_ack(struct load *load, struct client *client, const struct frame *frame, uint64_t now)
{
    struct sender *sender = client->sender;
    char id[MARK_CHARS + 10];
    snprintf(id, sizeof id, "%08x-%06x%010llx", load->run, sender->number,
             (unsigned long long)sender->acked);
    if (strstr(load->options.message, "%c") && !memmem(frame->payload, frame->size, id, sizeof id - 1))
        load->faults.unknown++; /* an acknowledgement of something else */
    uint64_t sent_ns = ledger_ack(sender);
    load->total.acked++;
    if (load->is_measuring && sent_ns)
        histogram_add(&load->ack, now > sent_ns ? now - sent_ns : 0);
}

static void hear_mark(struct load *load, struct client *client, const char *mark, uint64_t now)
{
    struct place *place = ledger_hear(client->room, &client->reader, mark, load->senders,
                                      (unsigned)load->options.senders, &load->faults);
    if (!place)
        return;
    load->total.delivered++;
    /* What was said before somebody came is no live delivery. */
    if (!load->is_measuring || place->sent_ns < client->ready_ns)
        return;
    uint64_t took_ns = now > place->sent_ns ? now - place->sent_ns : 0;
    if (client->role != SLOW)
        histogram_add(&load->delivery, took_ns);
    if (client->role != SLOW && client->port != place->port)
        histogram_add(&load->far_delivery, took_ns);
    if (client->reader.is_steady && !place->owed)
        histogram_add(&load->all_have_it, took_ns);
}

/* Most frames have one mark, where the frame before had it. */
static void hear_marks(struct load *load, struct client *client, const struct frame *frame, uint64_t now)
{
    static size_t usual_offset, usual_size;
    char *text = frame->payload, *end = text + frame->size;
    if (frame->size == usual_size && memcmp(text + usual_offset, "~M", 2) == 0) {
        hear_mark(load, client, text + usual_offset + 2, now);
        return;
    }
    unsigned marks = 0;
    for (char *at = text; (at = memmem(at, (size_t)(end - at), "~M", 2)) != NULL; at += 2) {
        if (end - at < 2 + MARK_CHARS)
            break;
        if (++marks == 1)
            usual_offset = (size_t)(at - text);
        hear_mark(load, client, at + 2, now);
    }
    usual_size = marks == 1 ? frame->size : 0;
}

static bool begins_with(const struct frame *frame, const char *text)
{
    size_t size = strlen(text);
    return frame->size >= size && memcmp(frame->payload, text, size) == 0;
}

static void hear_text(struct load *load, struct client *client, const struct frame *frame, uint64_t now)
{
    const struct options *o = &load->options;
    if (o->ack && client->sender && begins_with(frame, o->ack)) {
        hear_ack(load, client, frame, now);
        return;
    }
    if (o->reply_to && frame->size == strlen(o->reply_to) && begins_with(frame, o->reply_to)) {
        put_frame(&client->out, TEXT, o->reply, strlen(o->reply));
        client_flush(load, client);
        return;
    }
    hear_marks(load, client, frame, now);
    if (client->state == GREETING && memmem(frame->payload, frame->size, o->ready, strlen(o->ready)))
        now_ready(load, client, now);
}

static void hear(struct load *load, struct client *client, const struct frame *frame, uint64_t now)
{
    switch (frame->opcode) {
    case TEXT:
    case BINARY:
        hear_text(load, client, frame, now);
        break;
    case PING:
        put_frame(&client->out, PONG, frame->payload, frame->size);
        client_flush(load, client);
        break;
    case CLOSE: {
        const unsigned char *code = (const unsigned char *)frame->payload;
        if (client->state != LEAVING && frame->size >= 2)
            load->total.let_go_code = (unsigned)(code[0] << 8 | code[1]);
        break;
    }
    case PONG:
        break;
    }
}

/* Take the answer to the handshake off the beginning; return its size, or 0 if it isn't all there. */
static size_t take_handshake(struct load *load, struct client *client, size_t size, uint64_t now)
{
    char *end = memmem(inbox, size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t taken = (size_t)(end + 4 - inbox);
    if (!is_accepted(inbox, taken)) {
        fprintf(stderr, "roomload: the handshake was refused: %.*s\n", (int)(size < 400 ? size : 400), inbox);
        exit(2);
    }
    greet(load, client, now);
    return taken;
}

static void keep_rest(struct client *client, const char *rest, size_t size)
{
    client->rest_bytes = size;
    if (!size) {
        free(client->rest);
        client->rest = NULL;
        return;
    }
    client->rest = realloc(client->rest, size);
    if (!client->rest) {
        fprintf(stderr, "roomload: out of memory\n");
        exit(2);
    }
    memcpy(client->rest, rest, size);
}

static void take_frames(struct load *load, struct client *client, size_t size)
{
    uint64_t now = now_ns();
    size_t taken = 0;
    struct frame frame;
    if (client->state == UPGRADING && !(taken = take_handshake(load, client, size, now))) {
        keep_rest(client, inbox, size);
        return;
    }
    while (read_frame(inbox + taken, size - taken, &frame)) {
        hear(load, client, &frame, now);
        taken += frame.whole;
    }
    if (taken < size || client->rest)
        keep_rest(client, inbox + taken, size - taken);
}

void client_read(struct load *load, struct client *client, size_t bytes_max)
{
    for (;;) {
        size_t have = client->rest_bytes;
        if (have + bytes_max > INBOX_BYTES) {
            fprintf(stderr, "roomload: a frame is larger than %d MiB\n", INBOX_BYTES >> 20);
            exit(2);
        }
        if (have)
            memcpy(inbox, client->rest, have);
        ssize_t got = recv(client->fd, inbox + have, bytes_max, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            gone(load, client);
            return;
        }
        if (got < 0)
            return;
        load->total.bytes += (uint64_t)got;
        take_frames(load, client, have + (size_t)got);
        if ((size_t)got < bytes_max || client->role == SLOW)
            return;
    }
}

static void connected(struct load *load, struct client *client)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        fprintf(stderr, "roomload: can't connect to port %d: %s\n", client->port, strerror(error));
        exit(2);
    }
    client->state = UPGRADING;
    client_flush(load, client);
}

void load_turn(struct load *load, int wait_ms)
{
    static struct epoll_event events[1024];
    int count = epoll_wait(load->epoll, events, 1024, wait_ms);
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (client->state == AWAY)
            continue;
        if (events[i].events & EPOLLOUT) {
            if (client->state == CONNECTING)
                connected(load, client);
            else
                client_flush(load, client);
        }
        if (client->state == CONNECTING && events[i].events & (EPOLLERR | EPOLLHUP))
            connected(load, client);
        else if (client->state != CONNECTING && events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
            client_read(load, client, READ_BYTES);
    }
}
