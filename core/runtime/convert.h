#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <consort/runtime.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/base/result.h"
#include "core/model/event.h"
#include "core/runtime/driver.h"

// Between the structs of the ABI and the core's values. Pure, any thread. Reads of a struct only
// what its `size` covers; text that is not UTF-8 is repaired.
namespace consort::runtime {

// A copy of a consort_result.
struct Completion {
  consort_status status = CONSORT_OK;
  std::string message;
  std::string handle;
  std::int64_t pid = 0;
  std::int32_t state = CONSORT_INSTANCE_GONE;
  std::int32_t exit_code = 0;
  std::optional<model::ExitInfo> exit;
  std::string json;
};

Completion copy_result(const consort_result* result);
model::ExitInfo copy_exit(const consort_exit* exit);  // `at` is now where the plugin gives none

consort_status known_status(std::int32_t status);
base::Error to_error(consort_status status, std::string_view message);

Result<Started> to_started(Completion&& completion);
Result<Attached> to_attached(Completion&& completion);
Result<std::vector<Finding>> to_findings(std::string_view json);
Result<Prepared> to_prepared(std::string_view json);
Result<boost::json::object> to_object(std::string_view what, std::string_view json);
Result<std::vector<std::pair<std::string, bool>>> to_list(std::string_view json);
Result<boost::json::array> to_images(std::string_view json);  // objects
Result<Fingerprint> to_fingerprint(std::string_view json);
Result<boost::json::object> to_trust(std::string_view json);
std::int32_t to_abi(Answer::Kind kind);
std::string progress_message(std::string_view json);  // "" if it has none

// `text` with every byte that is not part of valid UTF-8 replaced by U+FFFD; null is "".
std::string valid_utf8(const char* text);
// The same of words for people, which may be another machine's: nothing in them commands a
// terminal.
std::string message_text(const char* text);

}  // namespace consort::runtime
