#pragma once

// One shim: owns one instance from its start, or from the death of the shim before it, to the end
// of its tree.

#include <poll.h>
#include <sys/resource.h>

#include <cstdint>

#include "journal.h"
#include "launch.h"
#include "log.h"
#include "protocol.h"
#include "record.h"
#include "spec.h"
#include "sys.h"
#include "tree.h"
#include "tty.h"

namespace consort::shim {

// Who asked for this shim and wants the reply.
struct Caller {
  int socket = -1;  // for the Reply; -1: nobody
  int lock = -1;    // closed once recorded and replied
  std::uint64_t op = 0;
  int stdio[3] = {-1, -1, -1};  // mode=exec
  int null = -1;                // /dev/null, already open; -1: not
  bool lower_oom_score = true;  // false: known to be refused
};

class Shim {
 public:
  Shim();

  // Starts or adopts the instance in `directory`, replies, and stays until everything is over. The
  // exit status of the process. To be called once in a process whose signals were reset.
  int run(const char* directory, Action action, const Caller& caller);

  // What the caller was told, or would have been.
  const Reply& reply() const { return reply_; }

  // Room for everything that grows: the spec until the program runs, the log's records afterwards.
  static constexpr std::size_t arena_size = 2 << 20;
  static constexpr std::size_t log_buffer = 128 << 10;

 private:
  struct Source {
    int fd = -1;
    bool hung_up = false;
  };
  struct Paths {
    const char* exit_file;
    const char* exit_temporary;
    const char* stream[2];
    const char* in;
    const char* journal;
    const char* mark;
  };
  enum class Phase : std::uint8_t { running, terminating, killing };
  enum class Wake : std::uint8_t {
    signal,
    out,
    err,
    feed_in,
    feed_out,
    show_in,
    show_out,
    reply,
    leader
  };

  // Start (start.cc)
  bool read_instance(const char* directory);
  bool keep_paths();
  const char* keep(const char* folder, const char* before, const char* name, const char* after);
  bool start();
  bool open_streams();
  bool open_fifo(int stream);
  bool open_stdin();
  bool open_terminal();
  bool open_signals();
  void close_child_ends();
  bool fail(Stage stage, int error);
  int give_up();
  void lower_oom_score();

  // Adoption (adopt.cc)
  bool adopt();
  bool check_leader();
  void reap_adopted();

  // The loop (shim.cc)
  void loop();
  void wait(std::uint64_t timeout_at);
  void add_poll(int fd, short events, Wake wake);
  void woken(Wake wake, short events);
  void take_signals();
  void stay_behind();
  void send_reply();
  bool finished();
  std::uint64_t next_deadline() const;
  void on_time();

  // Output (output.cc)
  bool read_source(int stream);
  bool emit(int stream);
  bool emit_all(int stream);
  void retry_log();
  void drain();
  void finish_stream(int stream);
  void finish_streams();
  bool show_drained();

  // The end (stop.cc)
  void reap();
  void leader_ended(bool known, int status);
  void stop(StopOrder order);
  void signal_group(int number);
  void kill_everything();
  TreeQuery tree() const;
  void write_exit();
  void clean_up();

  Spec spec_;
  Caller caller_;
  Reply reply_;
  Paths paths_{};
  Launch ends_;
  Ending ending_;
  Source source_[2];
  int signals_ = -1;
  int record_ = -1;
  int master_ = -1;
  int input_ =
      -1;  // the stdin FIFO: what a tty is fed from, or the writer's end that keeps it open
  int leader_fd_ = -1;  // pidfd, only after an adoption
  pid_t child_ = 0;
  bool adopted_ = false;
  bool reply_due_ = false;
  bool leader_gone_ = false;
  bool exit_written_ = false;
  bool children_ = true;  // there may be descendants
  bool end_input_ = false;
  bool strays_told_ = false;
  Phase phase_ = Phase::running;
  int stop_number_ = 0;
  std::uint64_t stop_at_ = never;
  std::uint64_t exit_retry_at_ = never;
  std::uint64_t trim_at_ = never;
  std::uint64_t leader_retry_at_ = never;
  std::uint64_t leader_give_up_at_ = never;
  Journal journal_;
  Log log_;
  pollfd polls_[9];
  Wake wakes_[9];
  int poll_count_ = 0;
  Pump feed_;  // to the terminal
  Pump show_;  // from the terminal, mode=exec
  std::size_t kept_ = 0;
  char store_[8 * 1024];
};

// The only one of its process.
extern Shim this_shim;

}  // namespace consort::shim
