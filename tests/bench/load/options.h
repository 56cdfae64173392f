/* What is asked for on the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

enum { SEVERAL = 8, SIZES_MAX = 16, CONNECTIONS_MAX = 100000 };

struct options {
    const char *host; /* 127.x.x.x and nothing else */
    int ports[SEVERAL], port_count; /* of the instances of one server */
    const char *path, *late_path, *headers;
    const char *hellos[SEVERAL];
    int hello_count;
    const char *ready, *message, *ack, *reply_to, *reply;
    int members, rooms, first_room, senders, slow, handshakes;
    double visits_per_s, stay_s, slow_bytes_per_s;
    int window;
    double rate_per_s, seconds, warm_s, hold_s;
    int replay;
    int sizes[SIZES_MAX], size_count;
    int pids[SEVERAL], pid_count;
};

/* Read the command line, or say what is wrong with it and exit with 2. */
struct options read_options(int count, char **words);

#endif
