/*
 * The smallest CNI plugin: without CNI_COMMAND it says what it is, with CNI_COMMAND it answers as VERSION does. It needs
 * no library, so that it has a few hundred bytes; its name and version are written over the text after the marker.
 */

static const char introduction[64] = "@tiny-plugin:unnamed\n";
static const char spec_versions[] = "{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"1.0.0\"]}\n";

#if defined(__x86_64__)
#define START "mov %rsp, %rdi\n and $-16, %rsp\n call run\n"
static long kernel(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}
enum { WRITE = 1, EXIT = 60 };
#elif defined(__aarch64__)
#define START "mov x0, sp\n bl run\n"
static long kernel(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
enum { WRITE = 64, EXIT = 93 };
#endif

__asm__(".globl _start\n_start:\n" START);

static long length_of(const char *text) {
  const volatile char *end = text;
  while (*end) end++;
  return end - text;
}

static int is_command(const char *variable) {
  const char *wanted = "CNI_COMMAND=";
  while (*wanted)
    if (*variable++ != *wanted++) return 0;
  return 1;
}

/* The stack as the kernel leaves it: argc, argv, a null, envp, a null. */
__attribute__((used)) void run(long *stack) {
  char **environment = (char **)(stack + 1 + stack[0] + 1);
  const volatile char *said = introduction;
  int fd = 2;
  for (; *environment; environment++)
    if (is_command(*environment)) fd = 1, said = spec_versions;
  kernel(WRITE, fd, (long)said, length_of((const char *)said));
  kernel(EXIT, 0, 0, 0);
}
