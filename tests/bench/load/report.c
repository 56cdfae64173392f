#include "report.h"

#include <stdio.h>

#include "clock.h"

struct moment moment_of(const struct load *load)
{
    return (struct moment){
        .at_ns = now_ns(),
        .sent = load->total.sent, .delivered = load->total.delivered,
        .acked = load->total.acked, .bytes = load->total.bytes,
        .server = usage_of(load->options.pids, load->options.pid_count),
        .own_cpu_s = own_cpu_s(),
    };
}

static void print_times(const char *name, const struct histogram *h)
{
    printf("  \"%s\": {\"count\": %llu, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f},\n", name,
           (unsigned long long)h->count, histogram_ms(h, 0.5), histogram_ms(h, 0.9),
           histogram_ms(h, 0.99), (double)h->max_ns / 1e6);
}

static double per(double amount, double count)
{
    return count > 0 ? amount / count : 0;
}

static void print_rates(const struct run *run)
{
    const struct moment *from = &run->from, *to = &run->to;
    double seconds = (double)(to->at_ns - from->at_ns) / 1e9;
    double cpu_s = to->server.cpu_s - from->server.cpu_s;
    double delivered = (double)(to->delivered - from->delivered), sent = (double)(to->sent - from->sent);
    printf("  \"seconds\": %.3f,\n", seconds);
    printf("  \"sent_per_s\": %.1f,\n", per(sent, seconds));
    printf("  \"delivered_per_s\": %.1f,\n", per(delivered, seconds));
    printf("  \"acked_per_s\": %.1f,\n", per((double)(to->acked - from->acked), seconds));
    printf("  \"bytes_per_s\": %.0f,\n", per((double)(to->bytes - from->bytes), seconds));
    printf("  \"server_cpu\": %.4f,\n", per(cpu_s, seconds));
    printf("  \"server_cpu_us_per_delivery\": %.4f,\n", per(cpu_s * 1e6, delivered));
    printf("  \"server_cpu_us_per_message\": %.3f,\n", per(cpu_s * 1e6, sent));
    printf("  \"server_rss_kib\": [%.0f, %.0f],\n", from->server.rss_kib, to->server.rss_kib);
    printf("  \"load_cpu\": %.4f,\n", per(to->own_cpu_s - from->own_cpu_s, seconds));
}

static void print_connecting(const struct load *load, const struct run *run)
{
    double count = load->ready;
    printf("  \"connected\": %u,\n", load->ready);
    printf("  \"connect_s\": %.4f,\n", run->connect_s);
    printf("  \"connect_cpu_us\": %.1f,\n",
           per((run->connected.cpu_s - run->before.cpu_s) * 1e6, count));
    printf("  \"idle_rss_kib\": [%.0f, %.0f],\n", run->before.rss_kib, run->idle.rss_kib);
    printf("  \"idle_rss_kib_each\": %.3f,\n", per(run->idle.rss_kib - run->before.rss_kib, count));
}

bool report(const struct load *load, const struct run *run)
{
    const struct faults *f = &load->faults;
    bool is_whole = !f->missing && !f->repeated && !f->unknown && !f->closed && !run->never_heard;
    printf("{\n");
    print_connecting(load, run);
    print_rates(run);
    print_times("delivery_ms", &load->delivery);
    print_times("far_delivery_ms", &load->far_delivery);
    print_times("all_have_it_ms", &load->all_have_it);
    print_times("ack_ms", &load->ack);
    printf("  \"replay_s\": %.4f,\n", run->replay_s);
    printf("  \"visits\": {\"joined\": %llu, \"left\": %llu},\n",
           (unsigned long long)load->total.joined, (unsigned long long)load->total.left);
    printf("  \"slow\": {\"let_go\": %llu, \"code\": %u},\n",
           (unsigned long long)load->total.let_go, load->total.let_go_code);
    printf("  \"sent\": %llu, \"delivered\": %llu, \"acked\": %llu,\n",
           (unsigned long long)load->total.sent, (unsigned long long)load->total.delivered,
           (unsigned long long)load->total.acked);
    printf("  \"faults\": {\"missing\": %llu, \"repeated\": %llu, \"unknown\": %llu, \"closed\": %llu, "
           "\"never_heard\": %llu},\n",
           (unsigned long long)f->missing, (unsigned long long)f->repeated,
           (unsigned long long)f->unknown, (unsigned long long)f->closed,
           (unsigned long long)run->never_heard);
    printf("  \"is_whole\": %s\n}\n", is_whole ? "true" : "false");
    return is_whole;
}
