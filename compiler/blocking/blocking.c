/* SPDX-License-Identifier: MIT */
/*
 * The table of blocking.h: an entry for each reason, the names in it separated by spaces. It is
 * searched in order; it is looked at once for each external function of a program, so nothing
 * faster is worth its lines.
 */
#include "blocking.h"

#include <stddef.h>
#include <string.h>

struct blocking_group {
        const char *reason;
        const char *remedy; /* what waits without blocking */
        const char *names;  /* begins and ends with a space */
};

static const struct blocking_group groups[] = {
        {"waits for a descriptor",
         "mori_file_read(), mori_file_write(), mori_file_ready() (mori/file.h), mori_select()",
         " read readv pread preadv preadv2 write writev pwrite pwritev pwritev2 splice tee vmsplice"
         " sendfile copy_file_range poll ppoll select pselect epoll_wait epoll_pwait epoll_pwait2"
         " eventfd_read eventfd_write dprintf vdprintf io_uring_enter io_uring_wait_cqe"
         " io_uring_wait_cqes io_uring_wait_cqe_timeout io_uring_submit_and_wait"
         " io_uring_submit_and_wait_timeout io_getevents aio_suspend "},
        {"waits for a peer", "mori_socket_accept() and its like (mori/socket.h, mori/datagram.h)",
         " accept accept4 connect recv recvfrom recvmsg recvmmsg send sendto sendmsg sendmmsg "},
        {"sleeps", "mori_sleep(), mori_signal_wait()",
         " sleep usleep nanosleep clock_nanosleep thrd_sleep pause sigsuspend "
         "sigwait sigwaitinfo sigtimedwait "},
        {"waits for another thread",
         "mori_lock_acquire() and its like (mori/lock.h, mori/sync.h), mori_offload()",
         " pthread_mutex_lock pthread_mutex_timedlock pthread_mutex_clocklock pthread_cond_wait"
         " pthread_cond_timedwait pthread_cond_clockwait pthread_join pthread_timedjoin_np"
         " pthread_clockjoin_np pthread_rwlock_rdlock pthread_rwlock_wrlock "
         "pthread_rwlock_timedrdlock"
         " pthread_rwlock_timedwrlock pthread_barrier_wait pthread_spin_lock mtx_lock mtx_timedlock"
         " cnd_wait cnd_timedwait thrd_join sem_wait sem_timedwait sem_clockwait "},
        {"waits for another process",
         "mori_child_spawn() and its like (mori/child.h), mori_file_lock()",
         " wait waitpid wait3 wait4 waitid system popen pclose posix_spawn posix_spawnp vfork "
         "mq_send"
         " mq_receive mq_timedsend mq_timedreceive msgsnd msgrcv semop semtimedop flock lockf "},
        {"asks the network for a name", "mori_lookup()",
         " getaddrinfo getnameinfo gethostbyname gethostbyname2 gethostbyname_r gethostbyname2_r"
         " gethostbyaddr gethostbyaddr_r res_query res_search res_nquery res_nsearch getservbyname"
         " getservbyport getprotobyname "},
        {"reads the user database", "mori_offload()",
         " getpwnam getpwuid getpwnam_r getpwuid_r getgrnam getgrgid getgrnam_r getgrgid_r"
         " getgrouplist initgroups getlogin getlogin_r "},
        {"writes to a FILE", "mori_print(), mori_file_write()",
         " printf vprintf fprintf vfprintf puts fputs putc putchar fputc fwrite"
         " fflush fclose perror putw fputws fputwc putwchar wprintf fwprintf"
         " fwrite_unlocked fputs_unlocked fputc_unlocked putc_unlocked"
         " putchar_unlocked fflush_unlocked _IO_putc psignal "},
        {"reads from a FILE", "mori_file_read()",
         " scanf vscanf fscanf vfscanf gets fgets getc getchar fgetc fread getline getdelim fgetws"
         " fgetwc getwc getwchar fread_unlocked fgets_unlocked fgetc_unlocked getc_unlocked"
         " getchar_unlocked fseek fseeko rewind fsetpos _IO_getc __uflow __overflow getpass "},
        {"works on the file system",
         "mori_file_open(), mori_file_stat() and their like (mori/filesystem.h, mori/directory.h)",
         " open openat openat2 creat fopen freopen tmpfile mkstemp mkostemp mkdtemp stat lstat "
         "fstatat"
         " statx access faccessat unlink unlinkat rename renameat renameat2 remove mkdir mkdirat "
         "rmdir"
         " link linkat symlink symlinkat readlink readlinkat realpath truncate ftruncate fallocate"
         " posix_fallocate opendir fdopendir readdir readdir_r scandir nftw ftw glob wordexp "
         "statvfs"
         " fstatvfs statfs fstatfs chdir mount umount umount2 dlopen dlmopen "},
        {"waits for the disk", "mori_file_sync()",
         " fsync fdatasync sync syncfs sync_file_range msync "},
        {"writes to the system log", "mori_offload()", " syslog vsyslog openlog "},
        {"makes a system call that is not known here", "mori_offload()", " syscall "},
};

static const struct blocking_group *group_named(const char *name, size_t name_bytes)
{
        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
                const char *at = groups[i].names;

                while ((at = strchr(at, ' ')) && at[1]) {
                        at++;
                        if (strncmp(at, name, name_bytes) == 0 && at[name_bytes] == ' ')
                                return &groups[i];
                }
        }
        return NULL;
}

static int ends_with(const char *name, size_t name_bytes, const char *end)
{
        size_t end_bytes = strlen(end);

        return name_bytes > end_bytes &&
               memcmp(name + name_bytes - end_bytes, end, end_bytes) == 0;
}

static const struct blocking_group *group_of(const char *name)
{
        static const char *const prefixes[] = {"__isoc99_", "__isoc23_", "__libc_", "__GI_", "__"};
        size_t name_bytes = strlen(name);
        const struct blocking_group *group = group_named(name, name_bytes);

        if (group)
                return group;
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
                size_t prefix_bytes = strlen(prefixes[i]);

                if (strncmp(name, prefixes[i], prefix_bytes) == 0) {
                        name += prefix_bytes;
                        name_bytes -= prefix_bytes;
                        break;
                }
        }
        if (ends_with(name, name_bytes, "_chk"))
                name_bytes -= strlen("_chk");
        if (ends_with(name, name_bytes, "64"))
                name_bytes -= strlen("64");
        if (ends_with(name, name_bytes, "_2") && strncmp(name, "open", 4) == 0)
                name_bytes -= strlen("_2");
        return group_named(name, name_bytes);
}

const char *blocking_function_reason(const char *name)
{
        const struct blocking_group *group = group_of(name);

        return group ? group->reason : NULL;
}

const char *blocking_function_remedy(const char *name)
{
        const struct blocking_group *group = group_of(name);

        return group ? group->remedy : "mori_offload()";
}
