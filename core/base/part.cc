#include "core/base/part.h"

#include <dlfcn.h>

#include <filesystem>

#include "core/base/paths.h"

namespace consort::base {

namespace fs = std::filesystem;

namespace {

std::string last_problem() {
  const char* said = ::dlerror();
  return said != nullptr ? said : "it has no consort_part";
}

Result<const Part*> load(const fs::path& path) {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorKind::unsupported, "cannot load " + path.string() + ": " + why);
  };
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return refuse(last_problem());
  const auto* part = static_cast<const Part*>(::dlsym(library, "consort_part"));
  if (part == nullptr) return refuse(last_problem());
  if (part->version != CONSORT_VERSION) {
    return refuse("it is of Consort " + std::string(part->version) +
                  ", this is " CONSORT_VERSION "; install Consort again");
  }
  return part;
}

}  // namespace

Result<const Part*> find_part(const std::string& name) {
  const auto prefix = own_prefix();
  if (!prefix) return prefix.error();
  std::error_code ignored;
  const std::string file = "consort/consort-" + name + ".so";
  for (const char* lib : {"lib", CONSORT_LIBDIR}) {
    const fs::path path = *prefix / lib / file;
    if (fs::exists(path, ignored)) return load(path);
  }
  return Error(ErrorKind::not_found, "cannot load " + (*prefix / CONSORT_LIBDIR / file).string() +
                                         ": it is not there; install Consort again");
}

}  // namespace consort::base
