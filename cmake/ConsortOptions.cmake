# Compiler settings shared by every target: consort_options is linked by each library and program.
option(CONSORT_WERROR "Treat warnings as errors" OFF)
set(CONSORT_SANITIZE "" CACHE STRING "Sanitizer for everything but the shim: address (with undefined), thread, or empty")

add_library(consort_options INTERFACE)
target_compile_options(consort_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<BOOL:${CONSORT_WERROR}>:-Werror>)
# What gcc 12 finds, when it inlines, in its own std::string, std::optional and coroutine frames (gcc bugs
# 105329, 105562, 105651); clang and the sanitizers look at the same code.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(consort_options INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized
    -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>
    -Wno-free-nonheap-object -Wno-dangling-pointer)
endif()
target_compile_definitions(consort_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_DATE_TIME
  CONSORT_VERSION="${PROJECT_VERSION}")

if(CONSORT_SANITIZE STREQUAL "address")
  target_compile_options(consort_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(consort_options INTERFACE -fsanitize=address,undefined)
elseif(CONSORT_SANITIZE STREQUAL "thread")
  # -Wno-tsan: Asio's fences, which ThreadSanitizer does not see; what they order is behind locks too.
  target_compile_options(consort_options INTERFACE -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan)
  target_link_options(consort_options INTERFACE -fsanitize=thread)
elseif(CONSORT_SANITIZE)
  message(FATAL_ERROR "CONSORT_SANITIZE is '${CONSORT_SANITIZE}': give address, thread or nothing")
endif()

find_program(CONSORT_MOLD mold)
if(CONSORT_MOLD AND CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_link_options(consort_options INTERFACE -fuse-ld=mold)
endif()

# The heavy headers, parsed once for all that are built alike: a rebuild on two cores stays short.
# One set for libraries (position-independent) and one for programs, since their code differs.
option(CONSORT_PCH "Precompile the heavy headers" ON)
function(consort_precompile kind)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch/${kind}.cc CONTENT "int main() {}\n")
  if(kind STREQUAL "library")
    add_library(consort_pch_library OBJECT ${CMAKE_BINARY_DIR}/pch/${kind}.cc)
  else()
    add_executable(consort_pch_program EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/pch/${kind}.cc)
  endif()
  target_link_libraries(consort_pch_${kind} PRIVATE consort_options Boost::headers Boost::json Threads::Threads)
  target_precompile_headers(consort_pch_${kind} PRIVATE
    <chrono> <functional> <map> <memory> <string> <variant> <vector>
    <boost/asio/awaitable.hpp> <boost/asio/experimental/awaitable_operators.hpp>
    <boost/asio/io_context.hpp> <boost/asio/post.hpp> <boost/asio/redirect_error.hpp>
    <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp> <boost/asio/write.hpp>
    <boost/json.hpp>)
endfunction()
# consort_use_pch(TARGET library|program)
function(consort_use_pch target kind)
  if(CONSORT_PCH)
    target_precompile_headers(${target} REUSE_FROM consort_pch_${kind})
  endif()
endfunction()
