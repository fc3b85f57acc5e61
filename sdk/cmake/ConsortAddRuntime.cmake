# consort_add_runtime(NAME SOURCES file... [MANIFEST NAME.runtime.json[.in]] [OUTPUT_DIRECTORY dir]
#                     [NO_INSTALL])
#
# Builds libconsort-NAME.so, a runtime plugin, as the target consort_runtime_NAME (link what else it
# needs to that), with nothing exported but its entry point, and puts its manifest beside it. A
# manifest whose name ends in .in is first configured (@PROJECT_VERSION@ and the like).
#
# Both go to OUTPUT_DIRECTORY, by default lib/consort/runtimes in the build folder, to be tried with
# `consort --plugin-dir`, and are installed to LIBDIR/consort/runtimes unless NO_INSTALL is given.
set(CONSORT_RUNTIME_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/consort-runtime.map
  CACHE INTERNAL "Linker version script of every runtime plugin")

function(consort_add_runtime name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "NO_INSTALL" "MANIFEST;OUTPUT_DIRECTORY" "SOURCES")
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SOURCES)
    message(FATAL_ERROR "consort_add_runtime(${name}): give SOURCES and only known words; "
      "not known: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_MANIFEST)
    set(ARG_MANIFEST ${name}.runtime.json)
  endif()
  set(folder ${CMAKE_BINARY_DIR}/lib/consort/runtimes)
  if(ARG_OUTPUT_DIRECTORY)
    set(folder ${ARG_OUTPUT_DIRECTORY})
  elseif(CONSORT_LIB_OUTPUT_DIRECTORY)
    set(folder ${CONSORT_LIB_OUTPUT_DIRECTORY}/runtimes)
  endif()

  set(target consort_runtime_${name})
  add_library(${target} MODULE ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE consort::sdk)
  set_target_properties(${target} PROPERTIES
    PREFIX lib OUTPUT_NAME consort-${name} SUFFIX .so
    LIBRARY_OUTPUT_DIRECTORY ${folder}
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON
    POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${CONSORT_RUNTIME_VERSION_SCRIPT})
  # Unique symbols would be shared by all plugins of a process, RTLD_LOCAL or not.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE LINKER:--version-script=${CONSORT_RUNTIME_VERSION_SCRIPT})

  set(manifest ${folder}/${name}.runtime.json)
  if(ARG_MANIFEST MATCHES "\\.in$")
    configure_file(${ARG_MANIFEST} ${manifest} @ONLY)
  else()
    configure_file(${ARG_MANIFEST} ${manifest} COPYONLY)
  endif()
  if(NOT ARG_NO_INSTALL)
    include(GNUInstallDirs)
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/consort/runtimes)
    install(FILES ${manifest} DESTINATION ${CMAKE_INSTALL_LIBDIR}/consort/runtimes)
  endif()
endfunction()
