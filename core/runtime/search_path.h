#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace consort::runtime {

// What decides where plugins are sought; a value, so that tests can give another machine's.
struct SearchInputs {
  std::vector<std::string> plugin_dirs;  // --plugin-dir, in order
  std::string environment_path;          // CONSORT_RUNTIME_PATH: folders with ':' between
  std::string data_home;                 // XDG_DATA_HOME, else $HOME/.local/share, else ""
  bool privileged = false;               // root, or more rights than the caller (AT_SECURE)
  std::filesystem::path executable;      // this program; "" = unknown
};

// Of this process. Reads the environment, /proc/self/exe and the auxiliary vector.
SearchInputs search_inputs(std::vector<std::string> plugin_dirs);

// Pure. The folders in the order of precedence: the first that has a runtime wins. Only absolute
// ones, each once; they need not exist. Of a privileged process what the environment names is left
// out (as Vulkan's loader does), so that nobody else's environment chooses code for root.
//   --plugin-dir; CONSORT_RUNTIME_PATH; DATA_HOME/consort/runtimes; ../LIB/consort/runtimes beside
//   the executable; /usr/local/LIB/consort/runtimes; /usr/LIB/consort/runtimes
// where LIB is lib and then the library folder of this build (lib/x86_64-linux-gnu, lib64).
std::vector<std::filesystem::path> search_path(const SearchInputs& inputs);

}  // namespace consort::runtime
