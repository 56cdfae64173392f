/*
 * roomload: many members of rooms, some of whom talk; every delivery is checked.
 *
 * One thread and one epoll: it must be faster than what it measures. In a closed loop each
 * sender has so many messages under way that not everybody in the room has heard yet. With
 * --rate messages are sent by the clock, and their age counts from when they were due, so
 * that a server that stalls can't hide it by stalling the load as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "client.h"
#include "clock.h"
#include "report.h"

enum { CONNECT_S_MAX = 400, ARRIVE_S_MAX = 20, REPLAY_S_MAX = 60 };

static const double SETTLE_S = 0.5;
static const uint64_t SLOW_TURN_NS = 20 * NS_PER_MS;

static struct load load;
static struct run run;

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) {
        fprintf(stderr, "roomload: out of memory\n");
        exit(2);
    }
    return memory;
}

static void allow_many_files(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* Members are spread evenly over the rooms, and the first of them send. */
static void cast(void)
{
    const struct options *o = &load.options;
    unsigned visitors = (unsigned)(o->visits_per_s * o->stay_s + 0.999);
    unsigned writers = o->replay ? (unsigned)o->rooms : 0;
    load.client_count = (unsigned)o->members + (unsigned)o->slow + visitors + writers;
    load.clients = zeroed(load.client_count, sizeof *load.clients);
    load.rooms = zeroed((size_t)o->rooms, sizeof *load.rooms);
    load.senders = zeroed((size_t)(o->replay ? o->rooms : o->senders), sizeof *load.senders);
    load.next_id = 1;
    for (int i = 0; i < o->rooms; i++)
        load.rooms[i].number = (unsigned)(o->first_room + i);
    for (unsigned i = 0; i < load.client_count; i++) {
        struct client *client = &load.clients[i];
        client->role = i < (unsigned)o->members ? MEMBER : i < (unsigned)(o->members + o->slow) ? SLOW : VISITOR;
        unsigned place = client->role == MEMBER ? i : i - (unsigned)o->members;
        client->room = &load.rooms[place % (unsigned)o->rooms];
        client->port = o->ports[place / (unsigned)o->rooms % (unsigned)o->port_count];
    }
}

static void take_up_sending(struct client *client, unsigned number)
{
    client->sender = &load.senders[number];
    client->sender->number = number;
    client->sender->port = client->port;
    client->sender->is_acked = load.options.ack != NULL;
    client->room->senders++;
}

static void turn_until(uint64_t until_ns)
{
    uint64_t now;
    while ((now = now_ns()) < until_ns)
        load_turn(&load, (int)((until_ns - now) / NS_PER_MS) + 1);
}

static void wait_s(double seconds)
{
    turn_until(now_ns() + (uint64_t)(seconds * 1e9));
}

/* Connect these, at most so many at once, and wait until all are ready. */
static void connect_all(struct client *clients, unsigned count)
{
    uint64_t from = now_ns(), late = from + CONNECT_S_MAX * NS_PER_S;
    unsigned started = 0, ready_before = load.ready;
    while (load.ready - ready_before < count) {
        while (started < count && load.under_way < (unsigned)load.options.handshakes) {
            bool is_late = load.options.replay != 0;
            client_connect(&load, &clients[started++], is_late ? load.options.late_path : load.options.path);
        }
        load_turn(&load, 10);
        if (load.faults.closed || now_ns() > late) {
            fprintf(stderr, "roomload: only %u of %u connections became ready; the server closed %llu (code %u)\n",
                    load.ready - ready_before, count, (unsigned long long)load.faults.closed, load.total.let_go_code);
            exit(2);
        }
    }
    run.connect_s = (double)(now_ns() - from) / 1e9;
}

static void read_slowly(uint64_t now)
{
    static uint64_t next_ns;
    const struct options *o = &load.options;
    if (!o->slow || now < next_ns)
        return;
    next_ns = now + SLOW_TURN_NS;
    size_t bytes = (size_t)(o->slow_bytes_per_s * (double)SLOW_TURN_NS / 1e9);
    for (int i = o->members; bytes && i < o->members + o->slow; i++)
        if (load.clients[i].state == READY)
            client_read(&load, &load.clients[i], bytes);
}

/* One comes, and whoever has been here longest goes. */
static void come_and_go(uint64_t now)
{
    static uint64_t next_ns;
    static unsigned turn;
    const struct options *o = &load.options;
    unsigned first = (unsigned)(o->members + o->slow);
    if (o->visits_per_s <= 0 || now < next_ns)
        return;
    next_ns = (next_ns ? next_ns : now) + (uint64_t)(1e9 / o->visits_per_s);
    struct client *client = &load.clients[first + turn++ % (load.client_count - first)];
    if (client->state == READY)
        client_leave(&load, client);
    else if (client->state == AWAY) {
        client->reader = (struct reader){0};
        client_connect(&load, client, o->late_path);
    }
}

static void send_by_window(void)
{
    const struct options *o = &load.options;
    for (int i = 0; i < o->senders; i++) {
        struct client *client = &load.clients[i];
        struct room *room = client->room;
        uint64_t window = (uint64_t)o->window * room->senders;
        if (client->state != READY || room->sent - room->finished >= window)
            continue;
        uint64_t share = (window - (room->sent - room->finished) + room->senders - 1) / room->senders;
        uint64_t now = now_ns();
        while (share--)
            client_post(&load, client, now);
        client_flush(&load, client);
    }
}

static void send_by_clock(uint64_t from_ns, uint64_t now)
{
    static uint64_t count;
    const struct options *o = &load.options;
    uint64_t due = (uint64_t)((double)(now - from_ns) / 1e9 * o->rate_per_s);
    for (; count < due; count++) {
        struct client *client = &load.clients[count % (uint64_t)o->senders];
        client_post(&load, client, from_ns + (uint64_t)((double)(count + 1) / o->rate_per_s * 1e9));
        client_flush(&load, client);
    }
}

static uint64_t unfinished(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < load.options.rooms; i++)
        sum += load.rooms[i].sent - load.rooms[i].finished;
    return sum;
}

static void talk(void)
{
    const struct options *o = &load.options;
    uint64_t from = now_ns(), measure = from + (uint64_t)(o->warm_s * 1e9);
    uint64_t end = measure + (uint64_t)(o->seconds * 1e9), now;
    while ((now = now_ns()) < end && !load.faults.closed) {
        if (!load.is_measuring && now >= measure) {
            run.from = moment_of(&load);
            load.is_measuring = true;
        }
        if (o->rate_per_s > 0)
            send_by_clock(from, now);
        else
            send_by_window();
        read_slowly(now);
        come_and_go(now);
        load_turn(&load, 0);
    }
    run.to = moment_of(&load);
    load.is_measuring = false;
}

static void wait_for_the_rest(void)
{
    uint64_t late = now_ns() + ARRIVE_S_MAX * NS_PER_S, now;
    while (unfinished() && !load.faults.closed && (now = now_ns()) < late) {
        read_slowly(now);
        load_turn(&load, 5);
    }
    run.never_heard = unfinished();
}

static void measure_talk(void)
{
    const struct options *o = &load.options;
    unsigned staying = (unsigned)(o->members + o->slow);
    for (int i = 0; i < o->members; i++) {
        load.clients[i].reader = (struct reader){.is_placed = true, .is_steady = true};
        load.clients[i].room->steady++;
    }
    for (int i = 0; i < o->senders; i++)
        take_up_sending(&load.clients[i], (unsigned)i);
    connect_all(load.clients, staying);
    run.connected = usage_of(o->pids, o->pid_count);
    wait_s(o->hold_s > 0 ? o->hold_s : SETTLE_S);
    run.idle = usage_of(o->pids, o->pid_count);
    if (o->hold_s > 0)
        return;
    talk();
    wait_for_the_rest();
}

/* One writer a room says what is to be replayed, hears all of it, and goes. */
static void write_what_is_replayed(void)
{
    const struct options *o = &load.options;
    struct client *writers = &load.clients[load.client_count - (unsigned)o->rooms];
    for (int i = 0; i < o->rooms; i++) {
        writers[i].room = &load.rooms[i];
        writers[i].reader = (struct reader){.is_placed = true, .is_steady = true};
        writers[i].role = MEMBER;
        load.rooms[i].steady = 1;
        ledger_reserve(&load.rooms[i], (uint64_t)o->replay);
        take_up_sending(&writers[i], (unsigned)i);
    }
    connect_all(writers, (unsigned)o->rooms);
    for (int i = 0; i < o->rooms; i++) {
        for (int n = 0; n < o->replay; n++)
            client_post(&load, &writers[i], now_ns());
        client_flush(&load, &writers[i]);
    }
    wait_for_the_rest();
    for (int i = 0; i < o->rooms; i++) {
        load.rooms[i].steady = 0;
        client_leave(&load, &writers[i]);
    }
    wait_s(SETTLE_S);
    load.ready = 0;
}

static bool have_all_heard_it(void)
{
    for (int i = 0; i < load.options.members; i++)
        if (load.clients[i].reader.next < load.clients[i].room->end)
            return false;
    return true;
}

static void measure_replay(void)
{
    const struct options *o = &load.options;
    load.options.senders = o->rooms;
    write_what_is_replayed();
    if (run.never_heard)
        return;
    run.before = usage_of(o->pids, o->pid_count);
    for (int i = 0; i < o->members; i++)
        load.clients[i].reader = (struct reader){.is_placed = true};
    uint64_t from = now_ns(), late = from + REPLAY_S_MAX * NS_PER_S;
    run.from = moment_of(&load);
    connect_all(load.clients, (unsigned)o->members);
    while (!have_all_heard_it() && now_ns() < late)
        load_turn(&load, 10);
    run.replay_s = (double)(now_ns() - from) / 1e9;
    run.to = moment_of(&load);
    run.never_heard = have_all_heard_it() ? 0 : 1;
    run.connected = run.idle = run.to.server;
}

int main(int count, char **words)
{
    load.options = read_options(count, words);
    allow_many_files();
    load.epoll = epoll_create1(0);
    load.run = (unsigned)(now_ns() / 1000);
    cast();
    run.before = usage_of(load.options.pids, load.options.pid_count);
    if (load.options.replay)
        measure_replay();
    else
        measure_talk();
    return report(&load, &run) ? 0 : 1;
}
