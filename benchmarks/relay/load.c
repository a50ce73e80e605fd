// What browsers send over a relay: RTP-like packets both ways, and checks of consent beside them.
//
//     load pace|saturate SECONDS WINDOW RELAY_PID
//
// Standard input has one line per socket, two neighbours being one bridge:
// its descriptor, its TURN channel or 0, and the checks to send, in hex.
// Standard output gets one line of JSON.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    STREAMS_MAX = 2048,
    FRAME = 5,        // packets of one video frame: the pacer of a browser lets them out together
    FRAMES_PER_S = 26,
    AUDIO_PER_S = 50,
    BURST = 7,        // at saturation: a frame, and the audio packets that fall between two frames
    BATCH = 16,
    RTP_BYTES = 12,
    HEAD_BYTES = RTP_BYTES + 32,
    AUDIO_BYTES = 120,
    PACKET_BYTES = 1500,
    CHANNEL_BYTES = 4,
    PATTERN_BYTES = 4096,
    CHECKS_MAX = 8,
    CHECK_BYTES = 256,
    DELAYS = 200000,  // buckets of 1 us
    SOCKET_BYTES = 1 << 20,
};
static const int VIDEO_BYTES[FRAME] = {1200, 1200, 1200, 1085, 850};
static const int64_t S = 1000000000, WARM_UP = S * 3 / 10, DRAIN = S / 4, CHECK_EVERY = S * 5 / 2,
                     GIVEN_UP = S / 200, SPIN = 40000;

// What follows the RTP header of each packet, in clear, to know it again.
struct mark {
    uint32_t stream, seq, bytes;
    uint8_t rtp[RTP_BYTES];
    int64_t sent_ns;
};
_Static_assert(sizeof(struct mark) == HEAD_BYTES - RTP_BYTES, "a mark fills its place");

struct stream {
    int fd;
    uint16_t channel;
    uint32_t seq, expected;
    uint16_t rtp_seq[2];
    uint32_t rtp_time[2];
    int64_t video_at, audio_at, check_at;
    int checks, check;
    int check_bytes[CHECKS_MAX];
    uint8_t checked[CHECKS_MAX][CHECK_BYTES];
};

static struct stream streams[STREAMS_MAX];
static int stream_count, poll_fd;
static uint8_t pattern[PATTERN_BYTES];
static uint32_t delays[DELAYS];
static int64_t sent, refused, received, corrupt, reordered, checks_sent, checks_answered, late_max;
static bool measuring;

static int64_t now(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    return at.tv_sec * S + at.tv_nsec;
}

static int fill(uint8_t *at, int index, bool audio, int bytes, bool last, int64_t sent_ns) {
    struct stream *s = &streams[index];
    uint8_t *rtp = at + (s->channel ? CHANNEL_BYTES : 0);
    uint16_t head[2] = {htons(s->channel), htons(bytes)}, seq = htons(s->rtp_seq[audio]++);
    uint32_t time = htonl(s->rtp_time[audio]), ssrc = htonl(((audio + 1u) << 16) + index);
    if (s->channel)
        memcpy(at, head, CHANNEL_BYTES);
    rtp[0] = 0x80;
    rtp[1] = (audio ? 111 : 96) | (last ? 0x80 : 0);
    memcpy(rtp + 2, &seq, 2);
    memcpy(rtp + 4, &time, 4);
    memcpy(rtp + 8, &ssrc, 4);
    struct mark mark = {.stream = index, .seq = s->seq++, .bytes = bytes, .sent_ns = sent_ns};
    memcpy(mark.rtp, rtp, RTP_BYTES);
    memcpy(rtp + RTP_BYTES, &mark, sizeof mark);
    memcpy(rtp + HEAD_BYTES, pattern + mark.seq % 1021, bytes - HEAD_BYTES);
    return bytes + (rtp - at);
}

static void send_burst(int index, int video, int audio) {
    static uint8_t packets[BURST][PACKET_BYTES];
    struct iovec parts[BURST];
    struct mmsghdr messages[BURST] = {0};
    struct stream *s = &streams[index];
    int64_t at = now(CLOCK_REALTIME);
    int count = video + audio;
    for (int i = 0; i < count; i++) {
        bool is_audio = i >= video;
        int bytes = is_audio ? AUDIO_BYTES : VIDEO_BYTES[i];
        parts[i].iov_base = packets[i];
        parts[i].iov_len = fill(packets[i], index, is_audio, bytes, !is_audio && i == video - 1, at);
        s->rtp_time[1] += is_audio ? 48000 / AUDIO_PER_S : 0;
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    s->rtp_time[0] += video ? 90000 / FRAMES_PER_S : 0;
    int done = sendmmsg(s->fd, messages, count, MSG_DONTWAIT);
    sent += done > 0 ? done : 0;
    refused += count - (done > 0 ? done : 0);
}

static void take(int index, uint8_t *at, int bytes, int64_t arrived_ns) {
    if (bytes && at[0] < 4) {
        checks_answered += at[0] == 1 && at[1] == 1; // a success response to a Binding request
        return;
    }
    struct stream *s = &streams[index];
    if (s->channel && bytes > CHANNEL_BYTES && at[0] >= 64 && at[0] < 80)
        at += CHANNEL_BYTES, bytes -= CHANNEL_BYTES;
    struct mark mark;
    received++;
    if (bytes < HEAD_BYTES) {
        corrupt++;
        return;
    }
    memcpy(&mark, at + RTP_BYTES, sizeof mark);
    if ((int)mark.stream != (index ^ 1) || (int)mark.bytes != bytes || memcmp(at, mark.rtp, RTP_BYTES) ||
        memcmp(at + HEAD_BYTES, pattern + mark.seq % 1021, bytes - HEAD_BYTES)) {
        corrupt++;
        return;
    }
    reordered += mark.seq < s->expected;
    s->expected = mark.seq + 1;
    if (measuring) {
        int64_t us = (arrived_ns - mark.sent_ns) / 1000;
        delays[us < 0 ? 0 : us >= DELAYS ? DELAYS - 1 : us]++;
    }
}

static void drain(void) {
    static uint8_t packets[BATCH][PACKET_BYTES], controls[BATCH][64];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    struct epoll_event events[256];
    int ready = epoll_wait(poll_fd, events, 256, 0);
    for (int e = 0; e < ready; e++) {
        int index = events[e].data.u32, count;
        do {
            for (int i = 0; i < BATCH; i++) {
                parts[i] = (struct iovec){packets[i], PACKET_BYTES};
                messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1,
                    .msg_control = controls[i], .msg_controllen = sizeof controls[i]};
            }
            count = recvmmsg(streams[index].fd, messages, BATCH, MSG_DONTWAIT, NULL);
            for (int i = 0; i < count; i++) {
                // When the kernel had it: how late it is read here adds nothing to the delay.
                struct timespec at = {0};
                struct cmsghdr *c = CMSG_FIRSTHDR(&messages[i].msg_hdr);
                if (c && c->cmsg_type == SCM_TIMESTAMPNS)
                    memcpy(&at, CMSG_DATA(c), sizeof at);
                take(index, packets[i], messages[i].msg_len, at.tv_sec * S + at.tv_nsec);
            }
        } while (count == BATCH);
    }
}

static void send_check(struct stream *s) {
    if (s->checks) {
        int next = s->check++ % s->checks;
        checks_sent += send(s->fd, s->checked[next], s->check_bytes[next], MSG_DONTWAIT) > 0;
    }
    s->check_at += CHECK_EVERY;
}

static int64_t earlier(int64_t one, int64_t other) { return one < other ? one : other; }

// Sends what is due; returns when the next is.
static int64_t pace(int64_t at) {
    int64_t next = at + S;
    for (int i = 0; i < stream_count; i++) {
        struct stream *s = &streams[i];
        int64_t due = earlier(s->video_at, s->audio_at);
        if (due <= at && at - due > late_max)
            late_max = at - due;
        if (s->video_at <= at) {
            send_burst(i, FRAME, 0);
            s->video_at += S / FRAMES_PER_S;
        }
        if (s->audio_at <= at) {
            send_burst(i, 0, 1);
            s->audio_at += S / AUDIO_PER_S;
        }
        if (s->check_at <= at)
            send_check(s);
        next = earlier(next, earlier(s->check_at, earlier(s->video_at, s->audio_at)));
    }
    return next;
}

// Keeps `window` packets on their way; those on none for a while are given up.
static void saturate(int64_t at, int window) {
    static int64_t seen, seen_at, lost;
    static int turn;
    if (received != seen)
        seen = received, seen_at = at;
    else if (at - seen_at > GIVEN_UP)
        lost = sent - received, seen_at = at;
    if (lost > sent - received)
        lost = sent - received;
    while (sent - received - lost + BURST <= window) {
        struct stream *s = &streams[turn];
        if (s->check_at <= at)
            send_check(s);
        int64_t before = sent;
        send_burst(turn, FRAME, BURST - FRAME);
        turn = (turn + 1) % stream_count;
        if (sent == before)
            break;
    }
}

static void read_streams(void) {
    static char line[CHECKS_MAX * (2 * CHECK_BYTES + 1) + 64];
    poll_fd = epoll_create1(0);
    while (stream_count < STREAMS_MAX && fgets(line, sizeof line, stdin)) {
        struct stream *s = &streams[stream_count];
        char *word = strtok(line, " \n");
        s->fd = atoi(word);
        s->channel = atoi(strtok(NULL, " \n"));
        while (s->checks < CHECKS_MAX && (word = strtok(NULL, " \n"))) {
            int bytes = strlen(word) / 2;
            for (int i = 0; i < bytes && i < CHECK_BYTES; i++)
                sscanf(word + 2 * i, "%2hhx", &s->checked[s->checks][i]);
            s->check_bytes[s->checks++] = bytes;
        }
        int on = 1, size = SOCKET_BYTES;
        setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
        setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = stream_count++};
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, s->fd, &event);
    }
}

static int64_t own_cpu(void) { return now(CLOCK_PROCESS_CPUTIME_ID); }

static double delay_us(double share) {
    int64_t all = 0, below = 0;
    for (int i = 0; i < DELAYS; i++)
        all += delays[i];
    for (int i = 0; i < DELAYS; i++)
        if ((below += delays[i]) > all * share)
            return i + 0.5;
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    bool paced = !strcmp(argv[1], "pace");
    int64_t lasts = atof(argv[2]) * S;
    int window = atoi(argv[3]);
    clockid_t relay_clock = (clockid_t)(~atoi(argv[4]) << 3 | 2);
    prctl(PR_SET_TIMERSLACK, 1);
    srandom(1);
    for (int i = 0; i < PATTERN_BYTES; i++)
        pattern[i] = random();
    read_streams();
    int64_t begun = now(CLOCK_MONOTONIC);
    for (int i = 0; i < stream_count; i++) {
        streams[i].video_at = begun + random() % (S / FRAMES_PER_S);
        streams[i].audio_at = begun + random() % (S / AUDIO_PER_S);
        streams[i].check_at = begun + random() % CHECK_EVERY;
    }
    int64_t from = 0, relay_from = 0, own_from = 0, received_from = 0, at = begun, ends = begun + WARM_UP + lasts;
    while (at < ends) {
        if (!measuring && at - begun >= WARM_UP) {
            relay_from = now(relay_clock), own_from = own_cpu(), received_from = received, from = at;
            measuring = true, late_max = 0;
        }
        int64_t next = at;
        if (paced)
            next = pace(at);
        else
            saturate(at, window);
        drain();
        at = now(CLOCK_MONOTONIC);
        if (next - at > SPIN) {
            struct timespec until = {.tv_sec = (next - SPIN / 4) / S, .tv_nsec = (next - SPIN / 4) % S};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
            at = now(CLOCK_MONOTONIC);
        }
    }
    double relay_s = (double)(now(relay_clock) - relay_from) / S, own_s = (double)(own_cpu() - own_from) / S;
    double wall_s = (double)(at - from) / S;
    int64_t counted = received - received_from;
    measuring = false;
    while (now(CLOCK_MONOTONIC) < ends + DRAIN) {
        drain();
        usleep(1000);
    }
    printf("{\"wall_s\": %.6f, \"relay_s\": %.6f, \"own_s\": %.6f, \"counted\": %ld, \"sent\": %ld, "
           "\"received\": %ld, \"refused\": %ld, \"corrupt\": %ld, \"reordered\": %ld, \"checks_sent\": %ld, "
           "\"checks_answered\": %ld, \"p50_us\": %.1f, \"p99_us\": %.1f, \"late_max_us\": %.1f}\n",
           wall_s, relay_s, own_s, counted, sent, received, refused, corrupt, reordered, checks_sent,
           checks_answered, delay_us(0.5), delay_us(0.99), late_max / 1e3);
    return 0;
}
