/*
 * A stand-in for a CNI plugin. What it is called, which version it says and how it behaves stand in its own bytes, so
 * that one compilation gives them all: a test writes over the text after each marker.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile char name[48] = "@plugin-name:unnamed";
static volatile char version[48] = "@plugin-version:v0.0.0";
static volatile char behaviour[48] = "@plugin-behaviour:works";
static volatile char speaks[96] = "@plugin-speaks:\"0.3.1\",\"0.4.0\",\"1.0.0\"";

static const char *value_of(volatile char *slot) { return strchr((const char *)slot, ':') + 1; }

static void say(int fd, const char *text) {
  if (write(fd, text, strlen(text)) < 0) _exit(70);
}

static int introduce_itself(void) {
  say(2, "CNI ");
  say(2, value_of(name));
  say(2, " plugin ");
  say(2, value_of(version));
  say(2, "\n");
  return 0;
}

static int tell_spec_versions(void) {
  say(1, "{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[");
  say(1, value_of(speaks));
  say(1, "]}\n");
  return 0;
}

/* As the shim of Multus answers. */
static int tell_version_of_shim(void) {
  say(1, value_of(name));
  say(1, ": version:");
  say(1, value_of(version));
  say(1, "(), commit:unknown commit, date:unknown date\n");
  return 0;
}

/* By the CNI spec of 1.1.0: silence is readiness, 50 that it can't serve. It needs a configuration, and where others are. */
static int tell_status(const char *does) {
  char config[4096];
  ssize_t length = read(0, config, sizeof config - 1);
  config[length > 0 ? length : 0] = '\0';
  if (getenv("CNI_PATH") == NULL || strstr(config, "\"cniVersion\"") == NULL || strstr(config, "\"name\"") == NULL) {
    say(1, "{\"code\":7,\"msg\":\"asked without a path or a configuration\"}\n");
    return 1;
  }
  if (strcmp(does, "not-ready") != 0) return 0;
  say(1, "{\"cniVersion\":\"1.1.0\",\"code\":50,\"msg\":\"its daemon is down\",\"details\":\"no answer\"}\n");
  return 1;
}

int main(int argc, char **argv) {
  const char *does = value_of(behaviour);
  const char *command = getenv("CNI_COMMAND");
  if (strcmp(does, "hangs") == 0) for (;;) pause();
  if (strcmp(does, "crashes") == 0) raise(SIGSEGV);
  if (strcmp(does, "fails") == 0) {
    say(2, "cannot work here\n");
    return 1;
  }
  if (strcmp(does, "says-all-at-once") == 0) {
    if (command != NULL) return 1;
    introduce_itself();
    say(2, "CNI protocol versions supported: 0.3.1, 0.4.0, 1.0.0\n");
    return 0;
  }
  if (argc > 1 && strcmp(argv[1], "--version") == 0) return tell_version_of_shim();
  if (command == NULL) return introduce_itself();
  if (strcmp(does, "speaks-no-cni") == 0) {
    say(1, "hello\n");
    return 0;
  }
  if (strcmp(command, "STATUS") == 0) return tell_status(does);
  return tell_spec_versions();
}
