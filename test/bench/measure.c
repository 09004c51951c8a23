/*
 * Runs a command and writes to descriptor 3, as JSON, what the kernel counted for it and for all of its descendants that
 * were waited for: CPU time, wall time, and the largest resident set of any one of them.
 *
 * A small static program, because a child begins with its parent's resident set: measured from Node itself, everything
 * would have at least Node's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long microseconds(struct timeval time) {
  return time.tv_sec * 1000000LL + time.tv_usec;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  long long started = now();
  pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    close(3);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  int status;
  struct rusage used;
  if (wait4(child, &status, 0, &used) < 0) return 2;
  dprintf(3, "{\"cpuUs\":%lld,\"wallUs\":%lld,\"rssKiB\":%ld}\n",
          microseconds(used.ru_utime) + microseconds(used.ru_stime), now() - started, used.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
