#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <thread>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/copy_paths.h"
#include "core/cli/exit_codes.h"
#include "core/cli/frame_session.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/tar_part.h"

namespace consort::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;

constexpr Option options[] = {
    {"archive", 'a', "", "Keep the owners of the files"},
    {"follow-link", 'L', "", "Copy what a link at SRC leads to"},
    {"index", 0, "N", "Which replica (from 1 if not given; to each of them)"},
};

// One side of the copy, in a service.
struct Remote {
  api::Client& client;
  model::ReplicaId id;

  // What is at `path`, which becomes where a link there leads to, unless it is `kept`.
  Result<Present> look(std::string& path, bool kept) const;
  Result<void> receive(const std::string& path, int out) const;
  Result<void> send(int in, const std::string& directory) const;

 private:
  Result<void> copy(const api::CopyRequest& request, FrameSession session) const;
};

Result<Present> Remote::look(std::string& path, bool kept) const {
  for (int links = 0; links < 40; ++links) {
    const auto answer = client.get(
        target("/v1/look",
               {{"service", id.service}, {"index", std::to_string(id.index)}, {"path", path}}));
    if (!answer) return answer.error();
    const auto* file = answer->is_object() ? answer->get_object().if_contains("file") : nullptr;
    const auto* type =
        file != nullptr && file->is_object() ? file->get_object().if_contains("type") : nullptr;
    if (type == nullptr || !type->is_string()) return Present::nothing;
    const auto* leads = file->get_object().if_contains("target");
    if (kept || type->get_string() != "link" || leads == nullptr || !leads->is_string()) {
      return type->get_string() == "directory" ? Present::directory : Present::file;
    }
    path = std::string(leads->get_string());
  }
  return Error(ErrorKind::invalid, "cannot follow " + path + ": too many links");
}

Result<void> Remote::copy(const api::CopyRequest& request, FrameSession session) const {
  const auto connection = client.upgrade("/v1/copy", api::to_json(request));
  if (!connection) return connection.error();
  const auto ended = session.run(*connection);
  if (!ended) return ended.error();
  return {};
}

Result<void> Remote::receive(const std::string& path, int out) const {
  return copy({id.service, id.index, path, false}, {.stdin_open = false, .out = out});
}

Result<void> Remote::send(int in, const std::string& directory) const {
  return copy({id.service, id.index, directory, true}, {.in = in});
}

Result<std::pair<Fd, Fd>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::system_error("make", "a pipe", errno);
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

Present local_presence(const std::string& path, bool follow) {
  struct stat info {};
  const bool there = (follow ? ::stat(path.c_str(), &info) : ::lstat(path.c_str(), &info)) == 0;
  return !there ? Present::nothing : S_ISDIR(info.st_mode) ? Present::directory : Present::file;
}

// Paths in a service begin at its root.
std::string absolute(const std::string& path) { return path.starts_with('/') ? path : "/" + path; }

Result<void> copy_out(const Remote& remote, std::string source, const std::string& destination,
                      const Arguments& arguments) {
  source = absolute(source);
  const bool content = source.ends_with("/.");
  const auto present = remote.look(source, !arguments.flag("follow-link") && !content);
  if (!present) return present.error();
  if (*present == Present::nothing) {
    return Error(ErrorKind::not_found, "there is no " + source + " in " + to_string(remote.id));
  }
  // The names in the archive begin with the path's last part, which "." would not be.
  const std::string asked = content && source.size() > 2 ? parent_of(source) : source;
  if (destination == "-") return remote.receive(asked, 1);
  const auto place = landing(source, *present, destination, local_presence(destination, true));
  if (!place) return place.error();
  const auto tar = base::load_part<TarPart>("tar");
  if (!tar) return tar.error();
  auto pipe = make_pipe();
  if (!pipe) return pipe.error();
  Result<void> unpacked;
  std::thread unpacking([&] {
    unpacked =
        (*tar)->unpack(pipe->first.get(), place->directory, place->name, arguments.flag("archive"));
  });
  const auto received = remote.receive(asked, pipe->second.get());
  pipe->second.reset();
  unpacking.join();
  if (!received) return received.error();
  return unpacked;
}

Result<void> copy_in(const Remote& remote, const std::string& source, std::string destination,
                     const Arguments& arguments) {
  destination = absolute(destination);
  const auto present = remote.look(destination, false);
  if (!present) return present.error();
  if (source == "-") {
    if (*present == Present::directory) return remote.send(0, destination);
    return Error(ErrorKind::not_found,
                 "there is no directory " + destination + " in " + to_string(remote.id));
  }
  const bool follow =
      arguments.flag("follow-link") || source.ends_with('/') || last_part(source) == ".";
  const Present here = local_presence(source, follow);
  const auto place = landing(source, here, destination, *present);
  if (!place) return place.error();
  const auto tar = base::load_part<TarPart>("tar");
  if (!tar) return tar.error();
  auto pipe = make_pipe();
  if (!pipe) return pipe.error();
  Result<void> packed;
  std::thread packing([&] {
    sigset_t broken;  // told by errno instead
    ::sigemptyset(&broken);
    ::sigaddset(&broken, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken, nullptr);
    packed =
        (*tar)->pack(source, place->name, {follow, arguments.flag("archive")}, pipe->second.get());
    pipe->second.reset();
  });
  const auto sent = remote.send(pipe->first.get(), place->directory);
  pipe->first.reset();
  packing.join();
  // A packing that failed first is the cause of the rest.
  if (!packed && packed.error().kind() != ErrorKind::cancelled) return packed;
  return sent;
}

// The replicas that are meant: of a copy from a service the first, of one to it each.
Result<std::vector<model::ReplicaId>> replicas_of(api::Client& client, const std::string& service,
                                                  std::uint32_t index, bool into) {
  const auto all = get_services(client);
  if (!all) return all.error();
  std::vector<model::ReplicaId> found;
  for (const auto& status : *all) {
    if (status.id.service != service || status.instance.empty()) continue;
    if (index != 0 ? status.id.index == index : !status.one_off) found.push_back(status.id);
  }
  if (found.empty()) {
    return Error(ErrorKind::not_found, "no replica " +
                                           (index == 0 ? "" : std::to_string(index) + " ") +
                                           "of service \"" + service + "\" was started");
  }
  if (!into) found.resize(1);
  return found;
}

Result<int> run(Context& context, const Arguments& arguments) {
  const auto index = index_option(arguments, 0);
  if (!index) return context.usage(index.error().message());
  const CopyPlace from = parse_copy_place(arguments.words()[0]);
  const CopyPlace to = parse_copy_place(arguments.words()[1]);
  if (from.service.empty() == to.service.empty()) {
    return context.usage("one of SRC and DEST is SERVICE:PATH, the other a path of this machine");
  }
  const bool into = !to.service.empty();
  const std::string& service = into ? to.service : from.service;
  auto running = running_project(context, {service});
  if (!running) return running.error();
  const auto ids = replicas_of(running->client, service, *index, into);
  if (!ids) return ids.error();
  for (const auto& id : *ids) {
    const Remote remote{running->client, id};
    const auto copied = into ? copy_in(remote, from.path, to.path, arguments)
                             : copy_out(remote, from.path, to.path, arguments);
    if (!copied) return copied.error().wrap("cannot copy");
  }
  return exit_code::ok;
}

}  // namespace

const Command cmd_cp{
    .name = "cp",
    .summary = "Copy files between a service and this machine",
    .usage = "[OPTIONS] SERVICE:SRC DEST|-   |   SRC|- SERVICE:DEST",
    .details =
        "As docker cp: into a directory that exists the source is copied by its name, else it "
        "becomes DEST; SRC/. means what is in SRC. \"-\" is a tar archive on standard input or "
        "output. The service need not run. Without -a everything belongs to root in the "
        "service, and to you here.",
    .options = options,
    .words = Words::services,
    .least = 2,
    .most = 2,
    .run = run,
};

}  // namespace consort::cli
