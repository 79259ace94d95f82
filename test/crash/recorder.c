/*
 * The recorder: what a process does to the files below one folder, as it asks the system for it.
 *
 * Loaded with LD_PRELOAD into a process that runs the real store. Every call that changes a file or a directory below
 * CRASH_ROOT, and every sync, goes into CRASH_LOG in the order of the calls, with the bytes. What the process writes to a
 * file named "marks" goes in as a mark: that is how it says what it has begun and what it has acknowledged.
 *
 * It also makes calls fail. A write of "fail NUMBER ERRNO MANY" to a file named "faults" arms it: call number NUMBER from
 * then on, and MANY calls from there, end with ERRNO and do nothing; ERRNO 0 stands for a write of only half of the
 * bytes. "off" ends it; the answer to "count" is the number of calls since it was armed, left in the file as text.
 *
 * For tests only. Not safe for threads that write at the same time: the store has one.
 *
 * A record: type (1 byte), inode (8), offset (8), length (4), then the bytes; integers little-endian. Types:
 *   c created (path)   o opened, already there (path)   w written   t truncated to offset   s synced
 *   u unlinked (path)  r renamed (from NUL to)          l linked (from NUL to)
 *   d folder made (path)   x folder removed (path)      m mark
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FD 4096
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static char root[PATH_MAX];
static size_t root_length;
static int log_fd = -1;
/* What a descriptor below the root is: 0 nothing, 1 file or folder, 2 marks, 3 faults. */
static char kinds[MAX_FD];
static ino_t inodes[MAX_FD];

static long fail_from = -1, fail_count, calls;
static int fail_errno;

__attribute__((constructor)) static void start(void) {
  const char *wanted = getenv("CRASH_ROOT"), *log = getenv("CRASH_LOG");
  if (!wanted || !realpath(wanted, root)) return;
  root_length = strlen(root);
  if (log) log_fd = NEXT(open64)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The path below the root, or NULL. */
static const char *below(const char *path) {
  if (!root_length || !path || strncmp(path, root, root_length) || path[root_length] != '/') return NULL;
  return path + root_length + 1;
}

/* The recorder would miss it: then what it says is worth nothing. */
static void unknown(const char *call) {
  dprintf(2, "the recorder does not know %s of this kind\n", call);
  abort();
}

static void record(char type, uint64_t inode, int64_t offset, const void *bytes, size_t length) {
  if (log_fd < 0) return;
  char head[21];
  uint32_t short_length = (uint32_t)length;
  head[0] = type;
  memcpy(head + 1, &inode, 8);
  memcpy(head + 9, &offset, 8);
  memcpy(head + 17, &short_length, 4);
  struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, length}};
  if (NEXT(writev)(log_fd, parts, 2) != (ssize_t)(sizeof head + length)) abort();
}

static void record_text(char type, uint64_t inode, const char *text) { record(type, inode, 0, text, strlen(text)); }

static void record_two(char type, const char *from, const char *to) {
  char both[2 * PATH_MAX];
  size_t length = strlen(from) + 1;
  memcpy(both, from, length);
  strcpy(both + length, to);
  record(type, 0, 0, both, length + strlen(to));
}

/* True when this call is to fail; errno is set. A short write is left to the caller: errno 0. */
static int fails(void) {
  if (fail_from < 0) return 0;
  long call = calls++;
  if (call < fail_from || call >= fail_from + fail_count) return 0;
  errno = fail_errno;
  return 1;
}

/* Node closes some descriptors past this library: a number may by now be something else. */
static int is_file(int fd) {
  struct stat found;
  if (fd < 0 || fd >= MAX_FD || kinds[fd] != 1) return 0;
  if (!fstat(fd, &found) && found.st_ino == inodes[fd]) return 1;
  kinds[fd] = 0;
  return 0;
}

static void command(const char *text, size_t length) {
  char copy[128] = {0};
  memcpy(copy, text, length < sizeof copy - 1 ? length : sizeof copy - 1);
  if (sscanf(copy, "fail %ld %d %ld", &fail_from, &fail_errno, &fail_count) == 3) calls = 0;
  else if (!strncmp(copy, "off", 3)) fail_from = -1;
}

static int opened(int fd, const char *path, int flags, int existed) {
  const char *name = below(path);
  if (fd < 0 || fd >= MAX_FD) return fd;
  kinds[fd] = 0;
  if (!name) return fd;
  const char *base = strrchr(name, '/');
  base = base ? base + 1 : name;
  /* SQLite's shared memory is made anew after a crash, from the log. */
  if (strlen(base) > 4 && !strcmp(base + strlen(base) - 4, "-shm")) return fd;
  kinds[fd] = !strcmp(base, "marks") ? 2 : !strcmp(base, "faults") ? 3 : 1;
  struct stat found;
  if (kinds[fd] != 1 || fstat(fd, &found)) return fd;
  inodes[fd] = found.st_ino;
  record_text(existed ? 'o' : 'c', found.st_ino, name);
  if (existed && (flags & O_TRUNC)) record('t', found.st_ino, 0, "", 0);
  return fd;
}

static int open_any(int dirfd, const char *path, int flags, mode_t mode) {
  const char *name = below(path);
  struct stat found;
  int existed = name && stat(path, &found) == 0;
  /* To make a file, or to empty one, can fail like any other write. */
  if (name && strcmp(name, "faults") && strcmp(name, "marks") && (flags & (O_CREAT | O_TRUNC)) && fails()) {
    if (!errno) errno = EIO;
    return -1;
  }
  return opened(NEXT(openat64)(dirfd, path, flags, mode), path, flags, existed);
}

#define MODE_OF(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *path, int flags, ...) { MODE_OF(flags) return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_any(AT_FDCWD, path, flags, mode); }
int openat(int dirfd, const char *path, int flags, ...) { MODE_OF(flags) return open_any(dirfd, path, flags, mode); }
int openat64(int dirfd, const char *path, int flags, ...) { MODE_OF(flags) return open_any(dirfd, path, flags, mode); }

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD) kinds[fd] = 0;
  return NEXT(close)(fd);
}

/* How many bytes to write: all, half of them, or none (-1, errno set). */
static ssize_t allowed(size_t length) {
  if (!fails()) return (ssize_t)length;
  if (errno) return -1;
  return length > 1 ? (ssize_t)(length / 2) : (ssize_t)length;
}

static ssize_t positioned(int fd, const void *bytes, size_t length, off64_t offset) {
  ssize_t part = allowed(length);
  if (part < 0) return -1;
  ssize_t done = NEXT(pwrite64)(fd, bytes, (size_t)part, offset);
  if (done > 0) record('w', inodes[fd], offset, bytes, (size_t)done);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return is_file(fd) ? positioned(fd, bytes, length, offset) : NEXT(pwrite64)(fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return is_file(fd) ? positioned(fd, bytes, length, offset) : NEXT(pwrite64)(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (fd >= 0 && fd < MAX_FD && kinds[fd] == 3) {
    char answer[32];
    command(bytes, length);
    int size = snprintf(answer, sizeof answer, "%ld", calls);
    if (ftruncate64(fd, 0) || NEXT(pwrite64)(fd, answer, (size_t)size, 0) != size) return -1;
    return (ssize_t)length;
  }
  if (fd >= 0 && fd < MAX_FD && kinds[fd] == 2) record('m', 0, 0, bytes, length);
  if (!is_file(fd)) return NEXT(write)(fd, bytes, length);
  ssize_t part = allowed(length);
  if (part < 0) return -1;
  struct stat found;
  off64_t offset = (fcntl(fd, F_GETFL) & O_APPEND) && !fstat(fd, &found) ? found.st_size : lseek64(fd, 0, SEEK_CUR);
  ssize_t done = NEXT(write)(fd, bytes, (size_t)part);
  if (done > 0) record('w', inodes[fd], offset, bytes, (size_t)done);
  return done;
}

/* The store and SQLite write one piece at a time; if that changes the recorder must learn it. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (is_file(fd)) unknown("writev");
  return NEXT(writev)(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  if (is_file(fd)) unknown("pwritev");
  return NEXT(pwritev)(fd, parts, count, offset);
}
void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
  if (is_file(fd) && (flags & MAP_SHARED) && (protection & PROT_WRITE)) unknown("mmap64");
  return NEXT(mmap64)(at, length, protection, flags, fd, offset);
}
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *into, size_t length, unsigned flags) {
  if (is_file(to)) unknown("copy_file_range");
  return NEXT(copy_file_range)(from, at, to, into, length, flags);
}

static int truncated(int fd, off64_t size) {
  if (!is_file(fd)) return NEXT(ftruncate64)(fd, size);
  if (fails()) { if (!errno) errno = EIO; return -1; }
  int result = NEXT(ftruncate64)(fd, size);
  if (!result) record('t', inodes[fd], size, "", 0);
  return result;
}
int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncated(fd, size); }

static int synced(int fd, int (*real)(int)) {
  if (!is_file(fd)) return real(fd);
  if (fails()) { if (!errno) errno = EIO; return -1; }
  int result = real(fd);
  if (!result) record('s', inodes[fd], 0, "", 0);
  return result;
}
int fsync(int fd) { return synced(fd, NEXT(fsync)); }
int fdatasync(int fd) { return synced(fd, NEXT(fdatasync)); }

/* For calls with a path: -1 when it is to fail. */
#define FAIL_PATH(name) \
  if ((name) && fails()) { if (!errno) errno = EIO; return -1; }

static int unlinked(const char *path, int is_folder, int result) {
  const char *name = below(path);
  if (!result && name) record_text(is_folder ? 'x' : 'u', 0, name);
  return result;
}
int unlink(const char *path) {
  FAIL_PATH(below(path))
  return unlinked(path, 0, NEXT(unlink)(path));
}
int rmdir(const char *path) {
  FAIL_PATH(below(path))
  return unlinked(path, 1, NEXT(rmdir)(path));
}
int remove(const char *path) {
  struct stat found;
  FAIL_PATH(below(path))
  int is_folder = !lstat(path, &found) && S_ISDIR(found.st_mode);
  return unlinked(path, is_folder, NEXT(remove)(path));
}
int unlinkat(int dirfd, const char *path, int flags) {
  char full[2 * PATH_MAX], link[64];
  const char *target = path;
  if (path[0] != '/' && dirfd != AT_FDCWD) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
    ssize_t length = readlink(link, full, PATH_MAX);
    if (length > 0) { full[length] = '/'; strcpy(full + length + 1, path); target = full; }
  }
  FAIL_PATH(below(target))
  return unlinked(target, flags & AT_REMOVEDIR, NEXT(unlinkat)(dirfd, path, flags));
}
int rename(const char *from, const char *to) {
  const char *a = below(from), *b = below(to);
  FAIL_PATH(a && b)
  int result = NEXT(rename)(from, to);
  if (!result && a && b) record_two('r', a, b);
  return result;
}
int link(const char *from, const char *to) {
  const char *a = below(from), *b = below(to);
  FAIL_PATH(a && b)
  int result = NEXT(link)(from, to);
  if (!result && a && b) record_two('l', a, b);
  return result;
}
int mkdir(const char *path, mode_t mode) {
  const char *name = below(path);
  FAIL_PATH(name)
  int result = NEXT(mkdir)(path, mode);
  if (!result && name) record_text('d', 0, name);
  return result;
}
char *mkdtemp(char *path) {
  char *made = NEXT(mkdtemp)(path);
  const char *name = made ? below(made) : NULL;
  if (name) record_text('d', 0, name);
  return made;
}
