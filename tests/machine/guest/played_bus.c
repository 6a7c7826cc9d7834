/* Play an I2C adapter on a character device: `played_bus NAME PORT` makes /dev/NAME.
 *
 * A CUSE program in the kernel's own words (linux/fuse.h): what a program asks of /dev/NAME by
 * I2C_RDWR (linux/i2c-dev.h) goes out as one frame of node/devices/busframes.py on PORT, a serial
 * port to where the chips are played, and their reply comes back. One transaction at a time, as on
 * a real bus. Runs as root inside the machine under test.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define LARGEST 65536
#define MAX_FRAME 4096
#define MOST_PLACES (2 + I2C_RDWR_IOCTL_MAX_MSGS)

static int kernel, port;
static uint8_t request[LARGEST], frame[LARGEST], got[LARGEST];

/* What a caller's ioctl needs of its memory, and what it fills. */
struct places {
    struct fuse_ioctl_iovec needs[MOST_PLACES], fills[MOST_PLACES];
    unsigned needed, filled;
};

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void reply(int error, const void *head, size_t head_size, const void *body, size_t size) {
    const struct fuse_in_header *in = (void *)request;
    struct fuse_out_header out = {sizeof out + head_size + size, -error, in->unique};
    struct iovec parts[] = {{&out, sizeof out}, {(void *)head, head_size}, {(void *)body, size}};
    /* A caller that was killed meanwhile waits for no reply: ENOENT. */
    if (writev(kernel, parts, 3) < 0 && errno != ENOENT)
        die("/dev/cuse");
}

static void refuse(int error) { reply(error, NULL, 0, NULL, 0); }

static void done(int result, const void *data, size_t size) {
    struct fuse_ioctl_out out = {.result = result};
    reply(0, &out, sizeof out, data, size);
}

/* Ask the kernel for the same ioctl with these places of the caller's memory. */
static void again(const struct places *all) {
    struct fuse_ioctl_out out = {
        .flags = FUSE_IOCTL_RETRY, .in_iovs = all->needed, .out_iovs = all->filled};
    struct fuse_ioctl_iovec both[2 * MOST_PLACES];
    memcpy(both, all->needs, all->needed * sizeof *both);
    memcpy(both + all->needed, all->fills, all->filled * sizeof *both);
    reply(0, &out, sizeof out, both, (all->needed + all->filled) * sizeof *both);
}

static void receive(uint8_t *into, size_t size) {
    for (ssize_t n; size; into += n, size -= n)
        if ((n = read(port, into, size)) <= 0)
            die("nobody plays the chips");
}

/* Send the frame of so many bytes; what was read is then in `got`. Returns an errno. */
static int transfer(size_t size, size_t wanted) {
    uint16_t length = htobe16(size);
    struct iovec parts[] = {{&length, sizeof length}, {frame, size}};
    if (writev(port, parts, 2) < 0)
        die("nobody plays the chips");
    receive((uint8_t *)&length, sizeof length);
    if ((size = be16toh(length)) < 1 || size > LARGEST)
        return EPROTO;
    receive(frame, size);
    if (frame[0])
        return frame[0];
    if (size - 1 != wanted)
        return EPROTO;
    memcpy(got, frame + 1, wanted);
    return 0;
}

static size_t add(struct fuse_ioctl_iovec *places, unsigned *count, uint64_t base, uint64_t size) {
    if (size)
        places[(*count)++] = (struct fuse_ioctl_iovec){base, size};
    return size;
}

/* Frame one message; `data` is what a write writes. Returns where the next one begins. */
static uint8_t *put(uint8_t *at, const struct i2c_msg *message, const uint8_t *data) {
    int reads = message->flags & I2C_M_RD;
    uint16_t size = htobe16(message->len);
    *at++ = message->addr;
    *at++ = reads ? 1 : 0;
    memcpy(at, &size, sizeof size);
    at += sizeof size;
    if (!reads)
        memcpy(at, data, message->len);
    return at + (reads ? 0 : message->len);
}

/* The kernel brings what the caller's structures point to, one level at a time. */
static void read_write(const struct fuse_ioctl_in *asked, const uint8_t *given) {
    struct places all = {.needed = 0};
    struct i2c_rdwr_ioctl_data call;
    size_t needed = add(all.needs, &all.needed, asked->arg, sizeof call), filled = 0;
    if (asked->in_size < needed)
        return again(&all);
    memcpy(&call, given, sizeof call);
    if (call.nmsgs < 1 || call.nmsgs > I2C_RDWR_IOCTL_MAX_MSGS)
        return refuse(EINVAL);
    const struct i2c_msg *messages = (const void *)(given + needed);
    needed += add(all.needs, &all.needed, (uintptr_t)call.msgs, call.nmsgs * sizeof *messages);
    if (asked->in_size < needed)
        return again(&all);
    const uint8_t *data = given + needed;
    for (unsigned i = 0; i < call.nmsgs; i++) {
        uint64_t buffer = (uintptr_t)messages[i].buf;
        if (messages[i].flags & I2C_M_RD)
            filled += add(all.fills, &all.filled, buffer, messages[i].len);
        else
            needed += add(all.needs, &all.needed, buffer, messages[i].len);
    }
    if (needed + filled + call.nmsgs * 4 > MAX_FRAME)
        return refuse(EINVAL);
    if (asked->in_size < needed || asked->out_size < filled)
        return again(&all);
    uint8_t *at = frame;
    for (unsigned i = 0; i < call.nmsgs; i++) {
        at = put(at, &messages[i], data);
        data += messages[i].flags & I2C_M_RD ? 0 : messages[i].len;
    }
    int error = transfer(at - frame, filled);
    if (error)
        return refuse(error);
    done(call.nmsgs, got, filled);
}

static void control(const struct fuse_ioctl_in *asked) {
    unsigned long functions = I2C_FUNC_I2C;
    struct places all = {.needed = 0};
    if (asked->cmd == I2C_RDWR)
        return read_write(asked, (const uint8_t *)(asked + 1));
    if (asked->cmd != I2C_FUNCS)
        return refuse(ENOTTY);
    add(all.fills, &all.filled, asked->arg, sizeof functions);
    if (asked->out_size < sizeof functions)
        return again(&all);
    done(0, &functions, sizeof functions);
}

static void begin(const char *name) {
    struct cuse_init_out out = {.major = 7,
                                .minor = 31,
                                .flags = CUSE_UNRESTRICTED_IOCTL,
                                .max_read = MAX_FRAME,
                                .max_write = MAX_FRAME};
    char device[64];
    int size = snprintf(device, sizeof device, "DEVNAME=%s", name);
    reply(0, &out, sizeof out, device, size + 1);
}

int main(int count, char **words) {
    const struct fuse_in_header *in = (void *)request;
    struct fuse_open_out opened = {.fh = 0};
    if (count != 3)
        return 2;
    if ((port = open(words[2], O_RDWR)) < 0)
        die(words[2]);
    if ((kernel = open("/dev/cuse", O_RDWR)) < 0)
        die("/dev/cuse");
    for (;;) {
        /* A caller that was killed has taken its request back: ENOENT. */
        if (read(kernel, request, sizeof request) <= 0) {
            if (errno == EINTR || errno == ENOENT)
                continue;
            die("/dev/cuse");
        }
        switch (in->opcode) {
        case CUSE_INIT: begin(words[1]); break;
        case FUSE_OPEN: reply(0, &opened, sizeof opened, NULL, 0); break;
        case FUSE_RELEASE: refuse(0); break;
        case FUSE_IOCTL: control((const void *)(in + 1)); break;
        case FUSE_INTERRUPT: break; /* every answer is on its way already */
        default: refuse(ENOSYS);
        }
    }
}
