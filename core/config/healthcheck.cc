#include "core/config/healthcheck.h"

#include <string>
#include <vector>

#include "core/config/read.h"
#include "core/config/values.h"

namespace consort::config {
namespace {

const Node* value_of(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && !entry->value.is_null() ? &entry->value : nullptr;
}

void stands_beside_http(const Node& node, const Path& path, Diagnostics& out) {
  out.error(node.where, "cannot read " + path.to_string() + ": it stands beside http only");
}

class Reader {
 public:
  Reader(const Path& path, Healthcheck& check, bool lenient, Diagnostics& out)
      : path_(path), check_(check), lenient_(lenient), out_(out) {}

  void test(const Node& node) {
    if (!node.is_sequence() || node.items.empty()) return;
    std::vector<std::string> words;
    for (const auto& item : node.items) words.push_back(item.text);
    const std::string path = Path(path_, "test").to_string();
    if (words[0] != "CMD" && words[0] != "CMD-SHELL" && words[0] != "NONE") {
      const std::string first = quote(words[0]);
      out_.error(node.items[0].where, "cannot read " + path +
                                          ": the first word must be CMD, CMD-SHELL or NONE, not " +
                                          first + " (accepted: [CMD, " + first + ", ...])");
      return;
    }
    if (words[0] == "NONE") {
      check_.disabled = true;
      return;
    }
    if (words.size() < 2 || (words[0] == "CMD-SHELL" && words.size() != 2)) {
      const std::string cause =
          words[0] + (words[0] == "CMD" ? " needs a program" : " needs one text");
      if (!lenient_) {
        out_.error(node.where, "cannot read " + path + ": " + cause);
        return;
      }
      out_.warn(node.where, path + ": " + cause);
      if (words.size() < 2) return;
    }
    model::ExecProbe exec;
    if (words[0] == "CMD") {
      exec.argv.assign(words.begin() + 1, words.end());
    } else {
      exec.argv = {"/bin/sh", "-c"};
      exec.argv.insert(exec.argv.end(), words.begin() + 1, words.end());
    }
    set(std::move(exec));
  }

  void http(const Node& node, const Node* status, const Node* insecure) {
    const std::string& url = node.text;
    const auto scheme = url.find("://");
    const bool known = url.starts_with("http://") || url.starts_with("https://");
    if (!known || url.size() == scheme + 3 || url[scheme + 3] == '/') {
      wrong_value(node, Path(path_, "http"), "a URL that can be asked",
                  "http://HOST:PORT/PATH, https://...", out_);
      return;
    }
    model::HttpProbe probe{url};
    if (status) probe.status = static_cast<int>(value_of_whole(*status).value_or(0));
    if (insecure) probe.insecure = value_of_boolean(*insecure).value_or(false);
    set(std::move(probe));
  }

  void tcp(const Node& node) {
    const std::string& text = node.text;
    const auto colon = text.rfind(':');
    const auto port =
        colon == std::string::npos ? std::nullopt : parse_integer(text.substr(colon + 1));
    std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || !port || *port < 1 || *port > 65535) {
      wrong_value(node, Path(path_, "tcp"), "an address", "HOST:PORT, [IPV6]:PORT", out_);
      return;
    }
    set(model::TcpProbe{std::move(host), static_cast<std::uint16_t>(*port)});
  }

  // None and 0s leave the default. An engine refuses a negative one, too.
  void duration(const Node& map, std::string_view key, model::Duration& into) {
    const Node* node = value_of(map, key);
    const auto value = node ? read_duration(*node, Path(path_, key), out_) : std::nullopt;
    if (value && value->count() > 0) into = *value;
  }

 private:
  template <class Check>
  void set(Check check) {
    if (!check_.probe) check_.probe.emplace();
    check_.probe->check = std::move(check);
    check_.has_test = true;
  }

  const Path& path_;
  Healthcheck& check_;
  const bool lenient_;
  Diagnostics& out_;
};

}  // namespace

Healthcheck read_healthcheck(const Entry& entry, const Path& path, bool lenient, Diagnostics& out) {
  Healthcheck check;
  const Node& map = entry.value;
  if (!map.is_map()) return check;
  Reader reader(path, check, lenient, out);
  const Node* http = value_of(map, "http");
  const Node* status = value_of(map, "status");
  const Node* insecure = value_of(map, "insecure");
  if (const Node* test = value_of(map, "test")) reader.test(*test);
  if (http) reader.http(*http, status, insecure);
  if (const Node* tcp = value_of(map, "tcp")) reader.tcp(*tcp);
  if (status && !http) stands_beside_http(*status, Path(path, "status"), out);
  if (insecure && !http) stands_beside_http(*insecure, Path(path, "insecure"), out);
  if (const Node* disable = value_of(map, "disable")) {
    check.disabled = check.disabled || value_of_boolean(*disable).value_or(false);
  }
  model::Probe timing;
  reader.duration(map, "interval", timing.interval);
  reader.duration(map, "timeout", timing.timeout);
  reader.duration(map, "start_period", timing.start_period);
  reader.duration(map, "start_interval", timing.start_interval);
  if (const Node* retries = value_of(map, "retries")) {
    const auto count = value_of_whole(*retries).value_or(0);
    if (count > 0) timing.retries = static_cast<int>(count);
  }
  if (const Node* interval = value_of(map, "start_interval");
      interval && !value_of(map, "start_period")) {
    out.error(interval->where, "cannot read " + Path(path, "start_interval").to_string() +
                                   ": it needs start_period beside it");
  }
  if (check.disabled) {
    check.probe.reset();
  } else if (check.probe) {
    timing.check = std::move(check.probe->check);
    timing.where = to_location(entry.where);
    check.probe = std::move(timing);
  }
  return check;
}

}  // namespace consort::config
