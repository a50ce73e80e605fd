// The least a relay can do: recvfrom, a table, sendto. It knows who belongs together by a hello
// of eight bytes: 0, 0, the seat, then the bridge.
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { BRIDGES_MAX = 4096, DATAGRAM_BYTES = 2048, BUFFER_BYTES = 4 << 20, HELLO_BYTES = 8 };

static struct sockaddr_in seats[BRIDGES_MAX][2];
static struct sockaddr_in *other[UINT16_MAX + 1]; // by source port: all are on loopback

int main(void) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = BUFFER_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof own;
    if (bind(fd, (struct sockaddr *)&own, length) || getsockname(fd, (struct sockaddr *)&own, &length))
        return 1;
    printf("{\"port\": %d}\n", ntohs(own.sin_port));
    fflush(stdout);
    for (;;) {
        uint8_t datagram[DATAGRAM_BYTES];
        struct sockaddr_in from;
        socklen_t from_bytes = sizeof from;
        ssize_t bytes = recvfrom(fd, datagram, sizeof datagram, 0, (struct sockaddr *)&from, &from_bytes);
        if (bytes <= 0)
            continue;
        if (datagram[0] != 0) {
            struct sockaddr_in *to = other[ntohs(from.sin_port)];
            if (to)
                sendto(fd, datagram, bytes, 0, (struct sockaddr *)to, sizeof *to);
        } else if (bytes == HELLO_BYTES) {
            uint16_t seat;
            uint32_t bridge;
            memcpy(&seat, datagram + 2, sizeof seat);
            memcpy(&bridge, datagram + 4, sizeof bridge);
            seat = ntohs(seat) & 1;
            bridge = ntohl(bridge) % BRIDGES_MAX;
            seats[bridge][seat] = from;
            other[ntohs(from.sin_port)] = &seats[bridge][!seat];
            sendto(fd, datagram, bytes, 0, (struct sockaddr *)&from, from_bytes);
        }
    }
}
