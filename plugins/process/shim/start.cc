// From the instance directory to a running program. Record, then release: nothing of the program
// runs before its identity is in the record.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include "shim.h"
#include "sys.h"

namespace consort::shim {
namespace {

// One arena for two times of life: the spec's text, then the log's records.
alignas(4096) char arena[Shim::arena_size];

}  // namespace

Shim this_shim;

Shim::Shim() : log_(journal_, arena, log_buffer) {}

bool Shim::fail(Stage stage, int error) {
  reply_.error = error != 0 ? error : EIO;
  reply_.stage = stage;
  return false;
}

bool Shim::read_instance(const char* directory) {
  if (chdir(directory) != 0) return fail(Stage::spec, errno);
  ssize_t n = read_file(spec_file, arena, sizeof arena);
  if (n < 0) return fail(Stage::spec, errno);
  int error = parse_spec(arena, static_cast<std::size_t>(n), sizeof arena, spec_);
  // Kept even if the spec is wrong: the exit file tells those who cannot hear the reply.
  bool kept = spec_.id != nullptr && spec_.exit_dir != nullptr && keep_paths();
  if (error != 0) return fail(Stage::spec, error);
  if (!kept) return fail(Stage::spec, ENAMETOOLONG);
  log_.set_rotation(spec_.log_max_bytes, spec_.log_max_files);
  return true;
}

const char* Shim::keep(const char* folder, const char* before, const char* name,
                       const char* after) {
  Text text(store_ + kept_, sizeof store_ - kept_);
  text.add(folder).add(*folder != 0 ? "/" : "").add(before).add(name).add(after);
  if (text.overflow()) return nullptr;
  const char* kept = store_ + kept_;
  kept_ += text.size() + 1;
  return kept;
}

bool Shim::keep_paths() {
  const char* id = spec_.id;
  paths_.exit_file = keep(spec_.exit_dir, "", id, "");
  paths_.exit_temporary = keep(spec_.exit_dir, ".", id, ".tmp");
  paths_.mark = keep("", instance_variable, "=", id);
  bool all = paths_.exit_file && paths_.exit_temporary && paths_.mark;
  if (spec_.exec_mode || spec_.fifo_dir == nullptr) return all;
  paths_.journal = keep(spec_.fifo_dir, "", id, journal_suffix);
  all = all && paths_.journal;
  if (!spec_.tty) {
    paths_.stream[0] = keep(spec_.fifo_dir, "", id, stdout_suffix);
    paths_.stream[1] = keep(spec_.fifo_dir, "", id, stderr_suffix);
    all = all && paths_.stream[0] && paths_.stream[1];
  }
  if (spec_.tty || spec_.input != Stdin::null) {
    paths_.in = keep(spec_.fifo_dir, "", id, stdin_suffix);
    all = all && paths_.in;
  }
  return all;
}

bool Shim::start() {
  record_ = create_record(reply_.shim_start);
  if (record_ < 0) return fail(Stage::record, errno);
  if (int error = reserve_ending(paths_.exit_temporary); error != 0) {
    return fail(Stage::record, error);
  }
  if (!open_streams() || !open_signals()) return false;
  ends_.spec = &spec_;
  ends_.record = record_;
  Launched launched = launch(ends_);
  if (launched.error != 0) return fail(launched.stage, launched.error);
  child_ = launched.pid;
  reply_.child_pid = launched.pid;
  reply_.child_start = launched.start;
  close_child_ends();
  return true;
}

bool Shim::open_streams() {
  if (spec_.exec_mode) {
    ends_.in = caller_.stdio[0];
    ends_.out = caller_.stdio[1];
    ends_.err = caller_.stdio[2];
    if (ends_.in < 0 || ends_.out < 0 || ends_.err < 0) return fail(Stage::spec, EBADF);
    return !spec_.tty || open_terminal();
  }
  int error = journal_.create(paths_.journal);
  if (error != 0) return fail(Stage::fifo, error);
  log_.open_segment(0);
  if (spec_.tty) return open_terminal();
  return open_fifo(0) && open_fifo(1) && open_stdin();
}

// The program's end is open for both directions: a shim that dies leaves it a FIFO with a reader,
// never EPIPE.
bool Shim::open_fifo(int stream) {
  const char* path = paths_.stream[stream];
  if (mkfifo(path, 0600) != 0) return fail(Stage::fifo, errno);
  int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (reader < 0) return fail(Stage::fifo, errno);
  source_[stream].fd = reader;
  int& end = stream == 0 ? ends_.out : ends_.err;
  end = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (end < 0) return fail(Stage::fifo, errno);
  // So that the program may open /dev/stdout again.
  if (spec_.has_uid && spec_.uid != geteuid() &&
      fchown(end, spec_.uid, static_cast<gid_t>(-1)) != 0) {
    return fail(Stage::fifo, errno);
  }
  return true;
}

bool Shim::open_stdin() {
  if (spec_.input == Stdin::null) {
    ends_.in = caller_.null >= 0 ? caller_.null : open("/dev/null", O_RDONLY | O_CLOEXEC);
    return ends_.in >= 0 || fail(Stage::fifo, errno);
  }
  if (mkfifo(paths_.in, 0600) != 0) return fail(Stage::fifo, errno);
  int both = open(paths_.in, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (both < 0) return fail(Stage::fifo, errno);
  ends_.in = both;
  if (spec_.input == Stdin::closable) {
    ends_.in = open(paths_.in, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (ends_.in < 0) return fail(Stage::fifo, errno);
    input_ = both;
  }
  if (spec_.has_uid && spec_.uid != geteuid() &&
      fchown(ends_.in, spec_.uid, static_cast<gid_t>(-1)) != 0) {
    return fail(Stage::fifo, errno);
  }
  return true;
}

bool Shim::open_terminal() {
  int terminal = -1;
  int error = open_tty({spec_.rows, spec_.cols}, spec_.has_uid, spec_.uid, master_, terminal);
  if (error != 0) return fail(Stage::tty, error);
  ends_.in = ends_.out = ends_.err = terminal;
  if (spec_.exec_mode) {
    feed_.open(caller_.stdio[0], master_);
    show_.open(master_, caller_.stdio[1]);
    return true;
  }
  if (mkfifo(paths_.in, 0600) != 0) return fail(Stage::fifo, errno);
  input_ = open(paths_.in, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (input_ < 0) return fail(Stage::fifo, errno);
  source_[0].fd = master_;
  feed_.open(input_, master_);
  return true;
}

bool Shim::open_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGCHLD, SIGTERM, SIGINT, control_stop, control_signal, control_resize,
                     control_close_stdin}) {
    sigaddset(&set, number);
  }
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return signals_ >= 0 || fail(Stage::fork, errno);
}

void Shim::close_child_ends() {
  if (spec_.tty) {
    close(ends_.in);
    if (spec_.exec_mode) close(caller_.stdio[2]);
    return;
  }
  for (int fd : {ends_.in, ends_.out, ends_.err}) {
    if (fd != caller_.null) close(fd);
  }
}

// Afterwards, so that the program never has the lowered score.
void Shim::lower_oom_score() {
  if (!caller_.lower_oom_score) return;
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  // Refused to the unprivileged, which is no harm.
  [[maybe_unused]] ssize_t n = write(fd, "-900", 4);
  close(fd);
}

// Nothing runs. Says so to the caller and in the exit file, unless the instance is another shim's.
int Shim::give_up() {
  bool foreign = record_ < 0 && reply_.stage != Stage::spec;
  if (!foreign) {
    while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
    clean_up();
    if (paths_.exit_file != nullptr && paths_.exit_temporary != nullptr) {
      ending_.exec_error = reply_.error;
      ending_.exec_stage = reply_.stage;
      write_ending(ending_, paths_.exit_temporary, paths_.exit_file);
    }
  }
  if (caller_.socket >= 0) send(caller_.socket, &reply_, sizeof reply_, MSG_NOSIGNAL);
  return status_not_started;
}

}  // namespace consort::shim
