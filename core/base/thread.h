#pragma once

#include <functional>
#include <thread>

namespace consort::base {

// Runs `work` on a thread that takes no signals: those are for the program's other threads. Throws
// std::system_error where no thread is to be had; nothing has run then.
std::thread start_thread(std::function<void()> work);

}  // namespace consort::base
