#include "core/runtime/convert.h"

#include "core/base/text.h"
#include "core/base/utf8.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace consort::runtime {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;

namespace {

constexpr std::size_t max_handle = 4096;

// The field, or zero where the other side's struct ends before it.
template <class T, class Struct>
T field(const Struct* object, T Struct::*member) {
  const auto end = reinterpret_cast<const char*>(&(object->*member)) -
                   reinterpret_cast<const char*>(object) + sizeof(T);
  return object->size >= end ? object->*member : T{};
}

Error bad_answer(std::string_view what, std::string_view why) {
  return Error("cannot read the runtime's " + std::string(what) + ": " + std::string(why));
}

Result<json::value> parse(std::string_view what, std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error) return bad_answer(what, "not JSON: " + error.message());
  return value;
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// Calls each(object) for the objects of a list; anything else in it is an error.
template <class Each>
Result<void> each_object(std::string_view what, const json::value& list, Each&& each) {
  if (!list.is_array()) return bad_answer(what, "it is not a list");
  for (const json::value& item : list.get_array()) {
    if (!item.is_object()) return bad_answer(what, "it is not a list of objects");
    each(item.get_object());
  }
  return {};
}

// What a runtime has told of a start; what it should not is left out: it is for people.
json::object told_of(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(text.empty() ? "{}" : text, failed);
  return !failed && value.is_object() ? std::move(value.get_object()) : json::object();
}

std::vector<model::PublishedPort> chosen_ports(const json::object& told) {
  std::vector<model::PublishedPort> ports;
  const json::value* list = told.if_contains("ports");
  const auto number = [](const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    const bool fits = found != nullptr && found->is_int64() && found->get_int64() >= 0 &&
                      found->get_int64() <= UINT16_MAX;
    return fits ? static_cast<std::uint16_t>(found->get_int64()) : std::uint16_t{};
  };
  if (list == nullptr || !list->is_array()) return ports;
  for (const json::value& one : list->get_array()) {
    if (!one.is_object()) continue;
    model::PublishedPort port;
    port.host_ip = text_of(one.get_object(), "host_ip");
    port.published = number(one.get_object(), "published");
    port.target = number(one.get_object(), "target");
    port.protocol = text_of(one.get_object(), "protocol");
    if (port.published != 0 && port.target != 0) ports.push_back(std::move(port));
  }
  return ports;
}

}  // namespace

std::string valid_utf8(const char* text) {
  std::string out;
  if (text == nullptr) return out;
  for (std::string_view left = text; !left.empty();) {
    const base::Character first = base::first_character(left);
    out += first.valid ? left.substr(0, first.length) : "\xEF\xBF\xBD";
    left.remove_prefix(first.length);
  }
  return out;
}

std::string message_text(const char* text) { return base::visible(valid_utf8(text)); }

consort_status known_status(std::int32_t status) {
  return status >= CONSORT_OK && status <= CONSORT_E_DENIED ? static_cast<consort_status>(status)
                                                            : CONSORT_E_FAILED;
}

model::ExitInfo copy_exit(const consort_exit* exit) {
  model::ExitInfo info;
  if (exit == nullptr) {
    info.cause = "the runtime did not say how it ended";
  } else {
    if (field(exit, &consort_exit::known) != 0) {
      if (const int signal = field(exit, &consort_exit::signal); signal != 0) {
        info.signal = signal;
      } else {
        info.code = field(exit, &consort_exit::code);
      }
    }
    info.oom = field(exit, &consort_exit::oom) != 0;
    info.leftovers = field(exit, &consort_exit::leftovers) != 0;
    info.cause = message_text(field(exit, &consort_exit::cause));
    info.at = model::WallTime(std::chrono::nanoseconds(field(exit, &consort_exit::at_ns)));
  }
  if (info.at == model::WallTime{}) info.at = base::system_clock().wall();
  return info;
}

Completion copy_result(const consort_result* result) {
  Completion copy;
  if (result == nullptr || result->size == 0) {
    copy.status = CONSORT_E_FAILED;
    copy.message = "the runtime completed the operation without a result";
    return copy;
  }
  copy.status = known_status(field(result, &consort_result::status));
  copy.message = message_text(field(result, &consort_result::message));
  if (const char* handle = field(result, &consort_result::handle)) copy.handle = handle;
  copy.pid = field(result, &consort_result::pid);
  copy.state = field(result, &consort_result::state);
  copy.exit_code = field(result, &consort_result::exit_code);
  if (const consort_exit* exit = field(result, &consort_result::exit)) copy.exit = copy_exit(exit);
  if (const char* text = field(result, &consort_result::json)) copy.json = text;
  return copy;
}

Error to_error(consort_status status, std::string_view message) {
  const auto make = [&](ErrorKind kind, std::string_view otherwise) {
    return Error(kind, std::string(message.empty() ? otherwise : message));
  };
  switch (status) {
    case CONSORT_E_INVALID:
      return make(ErrorKind::invalid, "the runtime refused it");
    case CONSORT_E_NOT_FOUND:
      return make(ErrorKind::not_found, "the runtime knows no such instance");
    case CONSORT_E_RETRY:
      return make(ErrorKind::unavailable, "the runtime's backend does not answer");
    case CONSORT_E_UNSUPPORTED:
      return make(ErrorKind::unsupported, "the runtime cannot do this");
    case CONSORT_E_DENIED:
      return make(ErrorKind::denied, "permission denied");
    default:
      return make(ErrorKind::failed, "the runtime did not say why it failed");
  }
}

Result<Started> to_started(Completion&& completion) {
  if (completion.handle.size() > max_handle) {
    return Error("the runtime gave a handle of " + std::to_string(completion.handle.size()) +
                 " bytes; at most 4096 are allowed");
  }
  const json::object told = told_of(completion.json);
  return Started{std::move(completion.handle), completion.pid, chosen_ports(told),
                 text_of(told, "command")};
}

Result<Attached> to_attached(Completion&& completion) {
  Attached attached;
  attached.pid = completion.pid;
  switch (completion.state) {
    case CONSORT_INSTANCE_GONE:
      attached.presence = Presence::gone;
      return attached;
    case CONSORT_INSTANCE_RUNNING: {
      const json::object told = told_of(completion.json);
      attached.presence = Presence::running;
      attached.ports = chosen_ports(told);
      attached.command = text_of(told, "command");
      return attached;
    }
    case CONSORT_INSTANCE_EXITED:
      attached.presence = Presence::exited;
      attached.exit = completion.exit ? std::move(*completion.exit) : copy_exit(nullptr);
      return attached;
    default:
      return Error(ErrorKind::unavailable,
                   "the runtime answered with a state that this Consort does not know");
  }
}

Result<std::vector<Finding>> to_findings(std::string_view text) {
  const auto value = parse("findings", text.empty() ? "[]" : text);
  if (!value) return value.error();
  std::vector<Finding> findings;
  auto read = each_object("findings", *value, [&](const json::object& object) {
    findings.push_back({text_of(object, "pointer"), text_of(object, "message")});
  });
  if (!read) return read.error();
  return findings;
}

Result<Prepared> to_prepared(std::string_view text) {
  const auto value = parse("problems of services", text.empty() ? "[]" : text);
  if (!value) return value.error();
  Prepared prepared;
  auto read = each_object("problems of services", *value, [&](const json::object& object) {
    if (std::string why = text_of(object, "outdated"); !why.empty()) {
      prepared.outdated[text_of(object, "instance")] = std::move(why);
    } else {
      prepared.problems.push_back({text_of(object, "service"), text_of(object, "message")});
    }
  });
  if (!read) return read.error();
  return prepared;
}

Result<json::object> to_object(std::string_view what, std::string_view text) {
  auto value = parse(what, text);
  if (!value) return value.error();
  if (!value->is_object()) return bad_answer(what, "it is not an object");
  return std::move(value->get_object());
}

Result<json::object> to_trust(std::string_view text) {
  auto value = parse("word on trust", text);
  if (!value) return value.error();
  if (!value->is_object()) return bad_answer("word on trust", "it is not an object");
  return std::move(value->get_object());
}

std::int32_t to_abi(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::given:
      return CONSORT_ANSWER_GIVEN;
    case Answer::Kind::nobody:
      return CONSORT_ANSWER_NOBODY;
    case Answer::Kind::refused:
      break;
  }
  return CONSORT_ANSWER_REFUSED;
}

Result<std::vector<std::pair<std::string, bool>>> to_list(std::string_view text) {
  const auto value = parse("list of instances", text);
  if (!value) return value.error();
  std::vector<std::pair<std::string, bool>> instances;
  auto read = each_object("list of instances", *value, [&](const json::object& object) {
    const json::value* running = object.if_contains("running");
    instances.emplace_back(text_of(object, "instance"),
                           running != nullptr && running->is_bool() && running->get_bool());
  });
  if (!read) return read.error();
  return instances;
}

Result<json::array> to_images(std::string_view text) {
  const auto value = parse("list of images", text.empty() ? "[]" : text);
  if (!value) return value.error();
  json::array images;
  auto read = each_object("list of images", *value,
                          [&](const json::object& object) { images.push_back(object); });
  if (!read) return read.error();
  return images;
}

Result<Fingerprint> to_fingerprint(std::string_view text) {
  const auto value = parse("fingerprint", text);
  if (!value) return value.error();
  if (!value->is_object()) return bad_answer("fingerprint", "it is not an object");
  const json::object& object = value->get_object();
  Fingerprint fingerprint;
  fingerprint.summary = text_of(object, "summary");
  if (const json::value* facts = object.if_contains("facts"); facts != nullptr) {
    if (!facts->is_object()) return bad_answer("fingerprint", "its facts are not an object");
    for (const auto& [key, fact] : facts->get_object()) {
      fingerprint.facts.emplace_back(key, fact.is_string() ? std::string(fact.get_string()) : "");
    }
  }
  if (const json::value* problems = object.if_contains("problems"); problems != nullptr) {
    auto read = each_object("fingerprint", *problems, [&](const json::object& problem) {
      fingerprint.problems.emplace_back(text_of(problem, "message"), text_of(problem, "advice"));
    });
    if (!read) return read.error();
  }
  return fingerprint;
}

std::string progress_message(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  return error || !value.is_object() ? "" : text_of(value.get_object(), "message");
}

}  // namespace consort::runtime
