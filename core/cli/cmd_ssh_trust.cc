#include <consort/runtime.h>

#include <boost/json/object.hpp>

#include "core/cli/asker.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/lone_runtime.h"
#include "core/cli/temporary_folder.h"

namespace consort::cli {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Result;

constexpr Option options[] = {
    {"fingerprint", 0, "SHA256:...", "Trust the host if its key has this fingerprint; ask nothing"},
    {"yes", 'y', "", "Trust whatever key it shows now; ask nothing"},
};

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// The fingerprint that the key must have to be recorded; "" where the person does not want it.
Result<std::string> agree(const Arguments& arguments, Person& person, const std::string& shown) {
  if (const auto expected = arguments.value("fingerprint")) return *expected;
  if (arguments.flag("yes")) return shown;
  if (!person.is_there()) {
    return Error(ErrorKind::unavailable,
                 "cannot ask whether to trust it: there is no terminal; give --fingerprint " +
                     shown + " if that is the right one");
  }
  const auto agreed = person.confirm("Is this the key of the host?");
  return agreed && *agreed ? shown : std::string();
}

// What it said is given by value: gcc 12 breaks temporaries in an await expression.
asio::awaitable<Result<int>> trust(Context& context, const Arguments& arguments, Person& person,
                                   runtime::Driver& driver) {
  const std::string host = arguments.words().front();
  const std::string only_look;
  const auto seen = co_await driver.trust(host, only_look);
  if (!seen) co_return seen.error();
  const std::string state = text_at(*seen, "trust");
  const std::string shown = text_at(*seen, "fingerprint");
  const std::string name = text_at(*seen, "host");
  if (state != "known" && state != "unknown") {
    co_return Error(ErrorKind::denied, text_at(*seen, "note"));
  }
  context.out.line(name + " shows the key " + text_at(*seen, "key_type") + " " + shown);
  if (const auto note = text_at(*seen, "note"); !note.empty()) context.warn(note);
  context.out.flush();
  std::string fingerprint = shown;
  if (state == "known") {
    if (const auto expected = arguments.value("fingerprint")) fingerprint = *expected;
  } else {
    const auto agreed = agree(arguments, person, shown);
    if (!agreed) co_return agreed.error();
    if (agreed->empty()) {
      context.err.line(name + " is not trusted; nothing was changed");
      co_return exit_code::failed;
    }
    fingerprint = *agreed;
  }
  const auto done = co_await driver.trust(host, fingerprint);
  if (!done) co_return done.error();
  const auto* recorded = done->if_contains("recorded");
  const bool is_new = recorded != nullptr && recorded->is_bool() && recorded->get_bool();
  context.out.line(is_new ? "It is trusted from now on (" + text_at(*done, "file") + ")"
                          : "It is trusted already (" + text_at(*done, "place") + ")");
  co_return exit_code::ok;
}

Result<int> run(Context& context, const Arguments& arguments) {
  Person person;
  const auto folder = TemporaryFolder::make();
  if (!folder) return folder.error();
  return with_lone_runtime(
      context, "remote", CONSORT_EXT_TRUST, folder->path(), person,
      [&](runtime::Driver& driver) { return trust(context, arguments, person, driver); });
}

}  // namespace

const Command cmd_ssh_trust{
    .name = "ssh trust",
    .summary = "Trust the key of a remote host",
    .usage = "[OPTIONS] HOST",
    .details =
        "HOST is written as a service's host: [USER@]NAME[:PORT]. Shows the fingerprint of the key "
        "that the host shows now, asks whether it is the right one, and adds it to the known_hosts "
        "file. Compare it with what the host's owner says (ssh-keygen -lf /etc/ssh/ssh_host_*.pub "
        "there). A key that has changed or is revoked is never taken: what is wrong must be "
        "removed "
        "by hand.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};

}  // namespace consort::cli
