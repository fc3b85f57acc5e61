#include "core/cli/exit_codes.h"

namespace consort::cli {

int code_for(base::ErrorKind kind) {
  using base::ErrorKind;
  switch (kind) {
    case ErrorKind::failed:
      return exit_code::failed;
    case ErrorKind::invalid:
      return exit_code::invalid;
    case ErrorKind::not_found:
      return exit_code::not_found;
    case ErrorKind::conflict:
      return exit_code::conflict;
    case ErrorKind::unavailable:
      return exit_code::unavailable;
    case ErrorKind::denied:
      return exit_code::denied;
    case ErrorKind::unsupported:
      return exit_code::unsupported;
    case ErrorKind::cancelled:
      return exit_code::interrupted;
  }
  return exit_code::failed;
}

std::string_view meaning(int code) {
  switch (code) {
    case exit_code::ok:
      return "done";
    case exit_code::failed:
      return "tried and failed";
    case exit_code::usage:
      return "wrong command line";
    case exit_code::invalid:
      return "the file or a value in it cannot be accepted";
    case exit_code::not_found:
      return "no such project or service";
    case exit_code::unavailable:
      return "the supervisor, a runtime or something that they need does not answer";
    case exit_code::denied:
      return "no permission";
    case exit_code::conflict:
      return "contradicts what runs";
    case exit_code::unsupported:
      return "the runtime, or the supervisor's version, cannot do this";
    case exit_code::timed_out:
      return "not ready within --wait-timeout";
    case exit_code::interrupted:
      return "interrupted";
    default:
      return {};
  }
}

}  // namespace consort::cli
