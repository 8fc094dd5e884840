#include "io/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "io/file.h"
#include "io/encoding.h"

extern char **environ;

enum { LINE_BYTES = 200 };

/* Standard input is the file, opened anew through /dev/fd so that the child can seek; the demuxer is named, so that a playlist in
 * disguise is refused. AU has no limit of size and needs none to be known in advance. */
static int spawn(int source, int sink, int talk, am_container container, pid_t *child)
{
    const char *const demuxer = container == AM_CONTAINER_MP4 ? "mov" : "aac";
    const char *const argv[] = { "ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", demuxer, "-i", "file:/dev/fd/0",
                                 "-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au", "pipe:1", NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    int failure = posix_spawn_file_actions_init(&actions);

    if (failure)
        return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return failure;
    }
    (void)sigemptyset(&signals);
    (void)posix_spawnattr_setsigmask(&attributes, &signals);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    failure = posix_spawn_file_actions_adddup2(&actions, source, STDIN_FILENO);
    failure = failure ? failure : posix_spawn_file_actions_adddup2(&actions, sink, STDOUT_FILENO);
    failure = failure ? failure : posix_spawn_file_actions_adddup2(&actions, talk, STDERR_FILENO);
    failure = failure ? failure : posix_spawnp(child, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* The first line that fits; the rest is read and dropped so that the child never blocks. */
static void read_talk(int fd, char line[LINE_BYTES])
{
    char bytes[512], raw[LINE_BYTES] = "";
    const char *words;
    size_t used = 0;
    ssize_t got;

    while ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR))
        for (ssize_t i = 0; i < got && used < sizeof raw - 1; i++)
            raw[used++] = bytes[i];
    raw[strcspn(raw, "\r\n")] = '\0';
    words = raw[0] == '[' ? strstr(raw, "] ") : NULL;        /* "[mov @ 0x55...] " differs from run to run */
    am_encoding_copy(words ? words + 2 : raw, false, line, LINE_BYTES);
}

/* 0: it did what it should; ENOENT: the program is not there, which POSIX lets posix_spawn tell in this way too; EIO: it failed. */
static int reap(pid_t child)
{
    int status = 0;
    pid_t got;

    do {
        got = waitpid(child, &status, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return 0;                   /* the program ignores SIGCHLD, and the system reaped */
    return !WIFEXITED(status) ? EIO : WEXITSTATUS(status) == 127 ? ENOENT : WEXITSTATUS(status) ? EIO : 0;
}

static int open_talk(int talk[2])
{
    int lifted;

    if (pipe2(talk, O_CLOEXEC) != 0)
        return errno;
    for (int i = 0; i < 2; i++) {
        lifted = fcntl(talk[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        (void)close(talk[i]);
        talk[i] = lifted;
    }
    return 0;
}

am_status am_foreign_refuse(const char *what, const char *shown, am_error *err)
{
    const char *dot = strrchr(shown, '.');
    const size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - shown) : strlen(shown);

    return am_fail(err, AM_ERR_FORMAT, "%s: %s is not readable by this build\nconvert it:  ffmpeg -i %s %.*s.wav", shown, what, shown, (int)stem, shown);
}

const char *am_foreign_name(const char *shown)
{
    static const char *const names[][2] = {
        { ".wv", "WavPack" }, { ".tta", "True Audio" }, { ".wma", "Windows Media Audio" }, { ".ape", "Monkey's Audio" }, { ".mpc", "Musepack" },
        { ".dsf", "DSD" }, { ".dff", "DSD" }, { ".mka", "Matroska" }, { ".mkv", "Matroska" }, { ".webm", "WebM" }, { ".ac3", "AC-3" }, { ".dts", "DTS" },
    };
    const char *dot = strrchr(shown, '.');

    for (size_t i = 0; dot && i < sizeof names / sizeof *names; i++)
        if (strcasecmp(dot, names[i][0]) == 0)
            return names[i][1];
    return NULL;
}

am_status am_foreign_decode(int source, const am_header *header, const char *codec, const char *shown, int *decoded, am_error *err)
{
    char line[LINE_BYTES] = "";
    int talk[2] = { -1, -1 }, failure, sink = am_file_temporary();
    pid_t child;

    if (sink < 0)
        return am_fail_errno(err, errno, "%s: cannot make a temporary file to decode into", shown);
    failure = open_talk(talk);
    failure = failure ? failure : spawn(source, sink, talk[1], header->container, &child);
    if (talk[1] >= 0)
        (void)close(talk[1]);
    if (!failure) {
        read_talk(talk[0], line);
        failure = reap(child);
    }
    if (talk[0] >= 0)
        (void)close(talk[0]);
    if (!failure) {
        *decoded = sink;
        return AM_OK;
    }
    (void)close(sink);
    if (failure == ENOENT || failure == EACCES)
        return am_foreign_refuse(codec, shown, err);
    if (failure != EIO)
        return am_fail_errno(err, failure, "%s: cannot start ffmpeg", shown);
    return am_fail(err, AM_ERR_FORMAT, "%s: ffmpeg cannot decode it: %s", shown, *line ? line : "no reason given");
}
