#include "cli/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t caught, times;

static void note(int number)
{
    caught = number;
    times = times + 1;
    if (times >= 3) {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
}

void descriptors_guard(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(1);
}

void signals_install(void)
{
    static const int stopping[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    struct sigaction action = { .sa_handler = note }, before;

    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof stopping / sizeof stopping[0]; i++)
        if (sigaction(stopping[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(stopping[i], &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
}

bool signal_caught(void)
{
    return caught != 0;
}

bool signal_none(void *context, const char *stage, double done)
{
    (void)context;
    (void)stage;
    (void)done;
    return !signal_caught();
}

int signal_exit_code(void)
{
    return 128 + (int)caught;
}
