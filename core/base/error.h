#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace consort::base {

// What kind of failure an Error is. The CLI's exit code and the API's status follow from it
// (docs/exit-codes.md); the text is for people.
enum class ErrorKind {
  failed,       // the operation was tried and did not succeed
  invalid,      // the input (file, flag, request) cannot be accepted
  not_found,    // the named thing does not exist
  conflict,     // the request contradicts the present state (already running, other owner)
  unavailable,  // something needed is not there or does not answer; nothing was changed
  denied,       // permission
  unsupported,  // the runtime or the peer cannot do this
  cancelled,    // given up because the caller asked for it
};

// A failure as a value. `message` reads "cannot X: cause" and is wrapped at each level by `wrap`.
class Error {
 public:
  Error() = default;  // says nothing; what Result::error() gives where there is a value
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  explicit Error(std::string message) : Error(ErrorKind::failed, std::move(message)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }

  // The same error seen from one level up: "<what>: <message>". The kind stays.
  Error wrap(std::string_view what) const {
    return Error(kind_, std::string(what) + ": " + message_);
  }

 private:
  ErrorKind kind_ = ErrorKind::failed;
  std::string message_;
};

}  // namespace consort::base
