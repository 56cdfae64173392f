#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_AT_FIRST = 64 };

static void *allocated(void *memory)
{
    if (!memory) {
        fprintf(stderr, "roomload: out of memory\n");
        exit(2);
    }
    return memory;
}

static struct place *at(struct room *room, uint64_t place)
{
    return &room->places[place & (room->capacity - 1)];
}

static uint64_t first_kept(const struct room *room)
{
    uint64_t first = room->end > room->capacity ? room->end - room->capacity : 0;
    return first > room->first ? first : room->first;
}

void ledger_reserve(struct room *room, uint64_t places)
{
    uint64_t capacity = PLACES_AT_FIRST;
    while (capacity < places)
        capacity *= 2;
    if (capacity <= room->capacity)
        return;
    if (capacity > PLACES_MAX) {
        fprintf(stderr, "roomload: a reader is more than %d messages behind\n", PLACES_MAX);
        exit(1);
    }
    struct room old = *room;
    room->places = allocated(calloc(capacity, sizeof *room->places));
    room->capacity = capacity;
    room->first = first_kept(&old); /* what had left the smaller one is in the larger one neither */
    for (uint64_t place = room->first; place < old.end; place++)
        *at(room, place) = *at(&old, place);
    free(old.places);
}

static void keep_sent(struct sender *sender, uint64_t at_ns)
{
    uint64_t oldest = sender->is_acked && sender->acked < sender->heard ? sender->acked : sender->heard;
    if (sender->sent - oldest >= sender->capacity) {
        uint64_t capacity = sender->capacity ? 2 * sender->capacity : PLACES_AT_FIRST;
        uint64_t *sent_ns = allocated(calloc(capacity, sizeof *sent_ns));
        for (uint64_t n = oldest; n < sender->sent; n++)
            sent_ns[n & (capacity - 1)] = sender->sent_ns[n & (sender->capacity - 1)];
        free(sender->sent_ns);
        sender->sent_ns = sent_ns;
        sender->capacity = capacity;
    }
    sender->sent_ns[sender->sent & (sender->capacity - 1)] = at_ns;
}

void ledger_send(struct room *room, struct sender *sender, uint64_t at_ns, char *mark)
{
    char text[MARK_CHARS + 1];
    snprintf(text, sizeof text, "%06x%010llx", sender->number, (unsigned long long)sender->sent);
    memcpy(mark, text, MARK_CHARS);
    keep_sent(sender, at_ns);
    sender->sent++;
    room->sent++;
}

uint64_t ledger_ack(struct sender *sender)
{
    uint64_t number = sender->acked++;
    return number < sender->sent ? sender->sent_ns[number & (sender->capacity - 1)] : 0;
}

static uint64_t hexadecimal(const char *digits, int count, bool *is_valid)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++) {
        char c = digits[i];
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
        if (digit == 16)
            *is_valid = false;
        value = value * 16 + digit;
    }
    return value;
}

/* Look for a mark from the newest place back. Return whether it is there, and where. */
static bool find(struct room *room, const char *mark, uint64_t *place)
{
    for (uint64_t end = room->end, first = first_kept(room); end > first; end--)
        if (memcmp(at(room, end - 1)->mark, mark, MARK_CHARS) == 0) {
            *place = end - 1;
            return true;
        }
    return false;
}

/* Write down that a message that nobody has heard yet comes next. Return whether it is one. */
static bool append(struct room *room, const char *mark, struct sender *senders, unsigned count,
                   struct faults *faults)
{
    bool is_valid = true;
    uint64_t number = hexadecimal(mark, 6, &is_valid);
    uint64_t n = hexadecimal(mark + 6, 10, &is_valid);
    struct sender *sender = is_valid && number < count ? &senders[number] : NULL;
    if (!sender || n >= sender->sent) {
        faults->unknown++;
        return false;
    }
    if (n < sender->heard) {
        faults->repeated++;
        return false;
    }
    faults->missing += (n - sender->heard) * (room->steady ? room->steady : 1);
    sender->heard = n + 1;
    if (!room->capacity || (room->end >= room->capacity && at(room, room->end)->owed))
        ledger_reserve(room, 2 * room->capacity);
    struct place *place = at(room, room->end++);
    memcpy(place->mark, mark, MARK_CHARS);
    place->sent_ns = sender->sent_ns[n & (sender->capacity - 1)];
    place->owed = room->steady;
    place->port = sender->port;
    return true;
}

/* Whether it is the mark of a message that was sent. */
static bool was_sent(const char *mark, const struct sender *senders, unsigned count)
{
    bool is_valid = true;
    uint64_t number = hexadecimal(mark, 6, &is_valid);
    uint64_t n = hexadecimal(mark + 6, 10, &is_valid);
    return is_valid && number < count && n < senders[number].sent;
}

/* The reader hears something else than what comes next: say what went wrong, go on from there. */
static bool catch_up(struct room *room, struct reader *reader, const char *mark,
                     struct faults *faults)
{
    uint64_t place;
    if (!find(room, mark, &place)) {
        faults->missing += room->end - reader->next;
        reader->next = room->end;
        return true;
    }
    if (place < reader->next) {
        faults->repeated++;
        return false;
    }
    faults->missing += place - reader->next;
    reader->next = place;
    return true;
}

struct place *ledger_hear(struct room *room, struct reader *reader, const char *mark,
                          struct sender *senders, unsigned count, struct faults *faults)
{
    if (!reader->is_placed) {
        if (!find(room, mark, &reader->next)) {
            /* It has left the ledger, or none of those who hear everything has read it yet: only
             * they know what comes before it. */
            if (!was_sent(mark, senders, count))
                faults->unknown++;
            return NULL;
        }
        reader->is_placed = true;
    }
    if (reader->next < first_kept(room)) {
        /* What it should hear has left the ledger: only the slowest readers come to this. */
        if (!find(room, mark, &reader->next))
            return NULL;
    } else if (reader->next < room->end
               && memcmp(at(room, reader->next)->mark, mark, MARK_CHARS) != 0
               && !catch_up(room, reader, mark, faults))
        return NULL;
    if (reader->next == room->end && !append(room, mark, senders, count, faults))
        return NULL;
    struct place *place = at(room, reader->next++);
    if (reader->is_steady && place->owed && --place->owed == 0)
        room->finished++;
    return place;
}
