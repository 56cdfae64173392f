#define _GNU_SOURCE
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "roomload --port PORT [options]: a load for WebSocket servers with rooms, on this machine only\n"
    "\n"
    "  --port PORT           where to connect; several: the members of a room take turns\n"
    "  --host 127.x.x.x      where the server listens                        [127.0.0.1]\n"
    "  --path PATH           %r is the room's number, %i the connection's    [/ws/%r?user_id=%i&username=u%i]\n"
    "  --late-path PATH      the path of those who come while it runs        [the same]\n"
    "  --headers TEXT        whole header lines for the handshake\n"
    "  --hello TEXT          a frame to send first; up to 8; %r, %i as above\n"
    "  --ready TEXT          what the frame contains after which a connection counts as ready\n"
    "  --message TEXT        what to send; %T: mark and padding, %c: an id of its own, %r: the room\n"
    "  --ack TEXT            how a frame begins that acknowledges the sender's next message\n"
    "  --answer A=B          answer a frame A with a frame B\n"
    "\n"
    "  --members N           connections that hear everything                [100]\n"
    "  --rooms N             rooms that they are spread over                 [1]\n"
    "  --first-room N        the number of the first one                     [1]\n"
    "  --senders N           how many of the members send                    [1]\n"
    "  --slow N              further connections that read slowly            [0]\n"
    "  --slow-bytes N        what each of them reads in a second             [1000]\n"
    "  --visits N            people who come in a second, and leave again    [0]\n"
    "  --stay SECONDS        how long each of them stays                     [2]\n"
    "  --handshakes N        how many at once                                [200]\n"
    "  --window N            messages of each sender under way               [32]\n"
    "  --rate N              send N messages a second instead, whatever is under way\n"
    "  --sizes N[,N…]        padding of the messages, in turn                [0]\n"
    "  --warm SECONDS        before measuring                                [1]\n"
    "  --seconds SECONDS     of measuring                                    [5]\n"
    "  --hold SECONDS        send nothing: only stay connected\n"
    "  --replay N            send N messages to each room first; then all members come at once,\n"
    "                        and are measured until each has heard them all\n"
    "  --pid PID             count this process's CPU and memory; up to 8\n"
    "\n"
    "Prints one JSON object. Exit status: 0 if every delivery arrived, once and in order;\n"
    "1 if not; 2 if it could not be tried.\n";

static void refuse(const char *sentence)
{
    fprintf(stderr, "roomload: %s\n", sentence);
    exit(2);
}

static double number(const char *text, double least, double most)
{
    char *end, sentence[128];
    double value = strtod(text, &end);
    if (*end || end == text || value < least || value > most) {
        snprintf(sentence, sizeof sentence, "%.32s is not a number from %g to %g", text, least, most);
        refuse(sentence);
    }
    return value;
}

static int whole(const char *text, int least, int most)
{
    return (int)number(text, least, most);
}

static void read_sizes(struct options *o, char *text)
{
    o->size_count = 0;
    for (char *each = strtok(text, ","); each; each = strtok(NULL, ",")) {
        if (o->size_count == SIZES_MAX)
            refuse("that are too many sizes");
        o->sizes[o->size_count++] = whole(each, 0, 60000);
    }
    if (!o->size_count)
        refuse("--sizes needs a number");
}

static void read_answer(struct options *o, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals)
        refuse("--answer needs A=B");
    *equals = 0;
    o->reply_to = text;
    o->reply = equals + 1;
}

enum {
    HOST, PORT, PATH, LATE_PATH, HEADERS, HELLO, READY, MESSAGE, ACK, ANSWER, MEMBERS, ROOMS,
    FIRST_ROOM, SENDERS, SLOW, SLOW_BYTES, VISITS, STAY, HANDSHAKES, WINDOW, RATE, SIZES, WARM,
    SECONDS, HOLD, REPLAY, PID, HELP
};

static const struct option NAMES[] = {
    {"host", 1, 0, HOST}, {"port", 1, 0, PORT}, {"path", 1, 0, PATH},
    {"late-path", 1, 0, LATE_PATH}, {"headers", 1, 0, HEADERS}, {"hello", 1, 0, HELLO},
    {"ready", 1, 0, READY}, {"message", 1, 0, MESSAGE}, {"ack", 1, 0, ACK},
    {"answer", 1, 0, ANSWER}, {"members", 1, 0, MEMBERS}, {"rooms", 1, 0, ROOMS},
    {"first-room", 1, 0, FIRST_ROOM}, {"senders", 1, 0, SENDERS}, {"slow", 1, 0, SLOW},
    {"slow-bytes", 1, 0, SLOW_BYTES}, {"visits", 1, 0, VISITS}, {"stay", 1, 0, STAY},
    {"handshakes", 1, 0, HANDSHAKES}, {"window", 1, 0, WINDOW}, {"rate", 1, 0, RATE},
    {"sizes", 1, 0, SIZES}, {"warm", 1, 0, WARM}, {"seconds", 1, 0, SECONDS},
    {"hold", 1, 0, HOLD}, {"replay", 1, 0, REPLAY}, {"pid", 1, 0, PID}, {"help", 0, 0, HELP},
    {0, 0, 0, 0},
};

static void read_text(struct options *o, int name, char *text)
{
    switch (name) {
    case HOST: o->host = text; break;
    case PATH: o->path = text; break;
    case LATE_PATH: o->late_path = text; break;
    case HEADERS: o->headers = text; break;
    case READY: o->ready = text; break;
    case MESSAGE: o->message = text; break;
    case ACK: o->ack = text; break;
    case ANSWER: read_answer(o, text); break;
    case SIZES: read_sizes(o, text); break;
    case HELLO:
        if (o->hello_count == SEVERAL)
            refuse("that are too many hellos");
        o->hellos[o->hello_count++] = text;
        break;
    case HELP: fputs(USAGE, stdout); exit(0);
    default: fputs(USAGE, stderr); exit(2);
    }
}

static void read_word(struct options *o, int name, char *text)
{
    switch (name) {
    case PORT:
        if (o->port_count == SEVERAL)
            refuse("that are too many ports");
        o->ports[o->port_count++] = whole(text, 1, 65535);
        break;
    case MEMBERS: o->members = whole(text, 1, CONNECTIONS_MAX); break;
    case ROOMS: o->rooms = whole(text, 1, CONNECTIONS_MAX); break;
    case FIRST_ROOM: o->first_room = whole(text, 1, 1000000000); break;
    case SENDERS: o->senders = whole(text, 1, CONNECTIONS_MAX); break;
    case SLOW: o->slow = whole(text, 0, 10000); break;
    case SLOW_BYTES: o->slow_bytes_per_s = number(text, 0, 1e9); break;
    case VISITS: o->visits_per_s = number(text, 0, 2000); break;
    case STAY: o->stay_s = number(text, 0.05, 60); break;
    case HANDSHAKES: o->handshakes = whole(text, 1, CONNECTIONS_MAX); break;
    case WINDOW: o->window = whole(text, 1, 100000); break;
    case RATE: o->rate_per_s = number(text, 0.1, 1e6); break;
    case WARM: o->warm_s = number(text, 0, 60); break;
    case SECONDS: o->seconds = number(text, 0.1, 3600); break;
    case HOLD: o->hold_s = number(text, 0.1, 3600); break;
    case REPLAY: o->replay = whole(text, 1, 100000); break;
    case PID:
        if (o->pid_count == SEVERAL)
            refuse("that are too many processes");
        o->pids[o->pid_count++] = whole(text, 1, 1 << 30);
        break;
    default: read_text(o, name, text);
    }
}

static void check(const struct options *o)
{
    if (!o->port_count)
        refuse("--port is missing; --help lists everything");
    if (strncmp(o->host, "127.", 4) != 0)
        refuse("the load is for servers on this machine: --host must be 127.x.x.x");
    if (o->senders > o->members)
        refuse("there can't be more senders than members");
    if (o->rooms > o->members)
        refuse("there can't be more rooms than members");
    if (!strstr(o->message, "%T"))
        refuse("--message needs a %T, by which a delivery is known");
}

struct options read_options(int count, char **words)
{
    struct options o = {
        .host = "127.0.0.1",
        .path = "/ws/%r?user_id=%i&username=u%i",
        .headers = "",
        .message = "{\"type\":\"message\",\"content\":\"%T\"}",
        .members = 100, .rooms = 1, .first_room = 1, .senders = 1, .handshakes = 200,
        .slow_bytes_per_s = 1000, .stay_s = 2, .window = 32, .seconds = 5, .warm_s = 1,
        .size_count = 1,
    };
    int name;
    while ((name = getopt_long(count, words, "", NAMES, NULL)) != -1)
        read_word(&o, name, optarg);
    if (optind < count)
        refuse("there is a word too many; --help lists everything");
    if (!o.late_path)
        o.late_path = o.path;
    check(&o);
    return o;
}
