#include "core/daemon/instance_output.h"

#include "core/daemon/pumps.h"
#include "core/record/log_line.h"

namespace consort::daemon {

using api::Frame;
using api::FrameStream;
using asio::awaitable;
using base::Error;
using base::Result;

awaitable<void> copy_log(record::LogReader& reader, FrameStream& stream) {
  for (;;) {
    const auto batch = co_await reader.next();
    if (!batch || batch->empty()) co_return;
    std::string bytes;
    record::Stream of = record::Stream::out;
    const auto frame_of = [](record::Stream s) {
      return s == record::Stream::out ? Frame::stdout_data : Frame::stderr_data;
    };
    for (std::size_t start = 0; start < batch->size();) {
      const std::size_t end = batch->find('\n', start);
      const auto line =
          record::parse_labelled_line(std::string_view(*batch).substr(start, end - start));
      start = end == std::string::npos ? batch->size() : end + 1;
      if (!line) continue;
      if (line->line.stream != of && !bytes.empty()) {
        co_await stream.write(frame_of(of), bytes);
        bytes.clear();
      }
      of = line->line.stream;
      bytes += line->line.text;
      if (!line->line.partial) bytes += '\n';
    }
    if (!bytes.empty()) co_await stream.write(frame_of(of), bytes);
  }
}

awaitable<void> write_exit(FrameStream& stream, const model::ReplicaId& id,
                           const Result<model::ExitInfo>& exit) {
  if (!exit) {
    co_await write_error(stream, exit.error());
    co_return;
  }
  const auto code = exit->shell_code();
  if (!code) {
    co_await write_error(stream, Error(model::to_string(id) + ": " + model::to_string(*exit)));
    co_return;
  }
  const std::string payload = api::encode_exit(*code);
  co_await stream.write(Frame::exit, payload);
}

}  // namespace consort::daemon
