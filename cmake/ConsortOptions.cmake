# Compiler settings shared by every target: consort_options is linked by each library and program.
option(CONSORT_WERROR "Treat warnings as errors" OFF)
set(CONSORT_SANITIZE "" CACHE STRING "Sanitizer for everything but the shim: address (with undefined), thread, or empty")

add_library(consort_options INTERFACE)
target_compile_options(consort_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<BOOL:${CONSORT_WERROR}>:-Werror>)
target_compile_definitions(consort_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_DATE_TIME
  CONSORT_VERSION="${PROJECT_VERSION}")

if(CONSORT_SANITIZE STREQUAL "address")
  target_compile_options(consort_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(consort_options INTERFACE -fsanitize=address,undefined)
elseif(CONSORT_SANITIZE STREQUAL "thread")
  target_compile_options(consort_options INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(consort_options INTERFACE -fsanitize=thread)
elseif(CONSORT_SANITIZE)
  message(FATAL_ERROR "CONSORT_SANITIZE is '${CONSORT_SANITIZE}': give address, thread or nothing")
endif()

find_program(CONSORT_MOLD mold)
if(CONSORT_MOLD AND CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_link_options(consort_options INTERFACE -fuse-ld=mold)
endif()
