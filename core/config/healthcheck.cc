#include <array>
#include <limits>

#include "core/config/read.h"
#include "core/config/service_parts.h"

namespace consort::config {
namespace {

constexpr std::array<std::string_view, 10> keys = {
    "test",           "interval", "timeout", "retries", "start_period",
    "start_interval", "disable",  "http",    "tcp",     "status"};

class Reader {
 public:
  Reader(const Path& path, Healthcheck& check, Diagnostics& out)
      : path_(path), check_(check), out_(out) {}

  void test(const Node& node) {
    const Path path(path_, "test");
    std::vector<std::string> words;
    if (node.is_scalar()) {
      words = {"CMD-SHELL", node.text};
    } else {
      auto read = read_texts(node, path, out_, true);
      if (!read) return;
      words = std::move(*read);
    }
    if (words.empty() || (words[0] != "CMD" && words[0] != "CMD-SHELL" && words[0] != "NONE")) {
      out_.error(node.where, "cannot read " + path.to_string() +
                                 ": the first word must be CMD, CMD-SHELL or NONE");
      return;
    }
    check_.spec["test"] = boost::json::array(words.begin(), words.end());
    if (words[0] == "NONE") {
      check_.disabled = true;
      return;
    }
    if (words.size() < 2 || (words[0] == "CMD-SHELL" && words.size() != 2)) {
      out_.error(node.where, "cannot read " + path.to_string() + ": " + words[0] +
                                 (words[0] == "CMD" ? " needs a program" : " needs one text"));
      return;
    }
    model::ExecProbe exec;
    if (words[0] == "CMD") {
      exec.argv.assign(words.begin() + 1, words.end());
    } else {
      exec.argv = {"/bin/sh", "-c", words[1]};
    }
    set(std::move(exec));
  }

  void http(const Node& node, const Node* status) {
    const Path path(path_, "http");
    const auto url = read_text(node, path, out_);
    if (!url) return;
    const auto scheme = url->find("://");
    const bool known = url->starts_with("http://") || url->starts_with("https://");
    if (!known || url->size() == scheme + 3 || (*url)[scheme + 3] == '/') {
      wrong_value(node, path, "a URL that can be asked", "http://HOST:PORT/PATH", out_);
      return;
    }
    model::HttpProbe probe{*url, 0};
    check_.spec["http"] = *url;
    if (status) {
      const Path status_path(path_, "status");
      if (auto code = read_integer(*status, status_path, out_, 100, 599, "100 to 599")) {
        probe.status = static_cast<int>(*code);
        check_.spec["status"] = *code;
      }
    }
    set(std::move(probe));
  }

  void tcp(const Node& node) {
    const Path path(path_, "tcp");
    const auto text = read_text(node, path, out_);
    if (!text) return;
    const auto colon = text->rfind(':');
    const auto port =
        colon == std::string::npos ? std::nullopt : parse_integer(text->substr(colon + 1));
    std::string host = text->substr(0, colon == std::string::npos ? 0 : colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || !port || *port < 1 || *port > 65535) {
      wrong_value(node, path, "an address", "HOST:PORT, [IPV6]:PORT", out_);
      return;
    }
    check_.spec["tcp"] = *text;
    set(model::TcpProbe{std::move(host), static_cast<std::uint16_t>(*port)});
  }

  void duration(const Node& map, std::string_view key, model::Duration& into) {
    const Entry* entry = map.find(key);
    if (!entry || entry->value.is_null()) return;
    if (auto value = read_duration(entry->value, Path(path_, key), out_)) {
      if (value->count() > 0) into = *value;
      check_.spec[key] = model::format_duration(*value);
    }
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
  Diagnostics& out_;
};

const Node* value_of(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && !entry->value.is_null() ? &entry->value : nullptr;
}

}  // namespace

Healthcheck read_healthcheck(const Entry& entry, const Path& path, Diagnostics& out) {
  Healthcheck check;
  const Node& map = entry.value;
  if (!expect_map(map, path, out)) return check;
  check_keys(map, path, keys, out);
  Reader reader(path, check, out);
  const Node* http = value_of(map, "http");
  const Node* status = value_of(map, "status");
  if (const Node* test = value_of(map, "test")) reader.test(*test);
  if (http) reader.http(*http, status);
  if (const Node* tcp = value_of(map, "tcp")) reader.tcp(*tcp);
  if (status && !http) {
    out.error(status->where,
              "cannot read " + Path(path, "status").to_string() + ": it stands beside http only");
  }
  if (const Node* disable = value_of(map, "disable")) {
    if (auto off = read_bool(*disable, Path(path, "disable"), out); off && *off) {
      check.disabled = true;
    }
  }
  model::Probe timing;
  reader.duration(map, "interval", timing.interval);
  reader.duration(map, "timeout", timing.timeout);
  reader.duration(map, "start_period", timing.start_period);
  reader.duration(map, "start_interval", timing.start_interval);
  if (const Node* retries = value_of(map, "retries")) {
    if (auto count = read_integer(*retries, Path(path, "retries"), out, 0,
                                  std::numeric_limits<int>::max(), "0, 1, 2, ...")) {
      if (*count > 0) timing.retries = static_cast<int>(*count);
      check.spec["retries"] = *count;
    }
  }
  if (const Node* interval = value_of(map, "start_interval");
      interval && !value_of(map, "start_period")) {
    out.error(interval->where, "cannot read " + Path(path, "start_interval").to_string() +
                                   ": it needs start_period beside it");
  }
  if (check.disabled) {
    check.probe.reset();
    check.spec = {{"disable", true}};
  } else if (check.probe) {
    timing.check = std::move(check.probe->check);
    timing.where = to_location(entry.where);
    check.probe = std::move(timing);
  }
  return check;
}

}  // namespace consort::config
