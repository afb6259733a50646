# One CMake target per folder; the link graph is the architecture.
#
#   lianmeng_library(platform_base SOURCES a.cc b.cc LINKS fmt::fmt)
#   lianmeng_test(platform_base_test SOURCES a_test.cc LINKS platform_base)
#   lianmeng_binary(lianmengctl SOURCES main.cc LINKS platform_base)
#   lianmeng_server(lianmeng-dispatch SOURCES main.cc LINKS dispatch_host)
#   lianmeng_proto(dispatch_events_proto FILES lianmeng/dispatch/v1/dispatch_events.proto)
#   lianmeng_grpc(dispatch_service_proto FILES ... LINKS dispatch_events_proto)

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(gRPC REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(GTest REQUIRED)
find_package(OpenSSL REQUIRED)

set(LIANMENG_WARNINGS -Wall -Wextra -Wswitch -Wnon-virtual-dtor -Woverloaded-virtual)
# clang makes the fuzzer alone: it warns of other things, and optimised instrumentation compiles
# slowly.
option(LIANMENG_FUZZ "Build lianmeng-fuzz, which needs clang and its libFuzzer" OFF)
if(LIANMENG_FUZZ)
  add_compile_options(-O1)
else()
  list(APPEND LIANMENG_WARNINGS -Werror)
endif()
# Programs under ThreadSanitizer tell it how libraries lock, and see protobuf's headers as Debian's
# libprotobuf does (tests/sanitizers).
set(LIANMENG_TSAN OFF)
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=thread")
  set(LIANMENG_TSAN ON)
  include_directories(BEFORE ${CMAKE_SOURCE_DIR}/tests/sanitizers/include)
endif()
set(LIANMENG_PROTO_ROOT ${CMAKE_SOURCE_DIR}/protos)
set(LIANMENG_PROTO_OUT ${CMAKE_BINARY_DIR}/protos)
# How requests that cannot be read are refused: platform/rpc/unreadable.h says why here.
set(LIANMENG_GRPC_OPTIONS additional_header_includes=platform/rpc/unreadable.h)

function(_lianmeng_common target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/services)
  target_compile_options(${target} PRIVATE ${LIANMENG_WARNINGS})
endfunction()

# A static library of one folder; with INTERFACE its SOURCES are headers alone.
function(lianmeng_library target)
  cmake_parse_arguments(A "INTERFACE" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  if(A_INTERFACE)
    add_library(${target} INTERFACE ${A_SOURCES})
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR}/services)
    target_link_libraries(${target} INTERFACE ${A_LINKS})
    return()
  endif()
  add_library(${target} STATIC ${A_SOURCES})
  _lianmeng_common(${target})
  target_link_libraries(${target} PUBLIC ${A_LINKS} PRIVATE ${A_PRIVATE_LINKS})
endfunction()

function(_lianmeng_program target)
  add_executable(${target} ${A_SOURCES})
  _lianmeng_common(${target})
  if(LIANMENG_TSAN)
    target_link_libraries(${target} PRIVATE sanitizer_library_locks)
  endif()
endfunction()

function(lianmeng_binary target)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS" ${ARGN})
  _lianmeng_program(${target})
  target_link_libraries(${target} PRIVATE ${A_LINKS})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# A program that serves. A quarter less CPU for each command with tcmalloc than with glibc's
# allocator (platform/process/README.md); sanitizers bring their own.
function(lianmeng_server target)
  lianmeng_binary(${target} ${ARGN})
  target_compile_definitions(${target} PRIVATE LIANMENG_VERSION="${PROJECT_VERSION}")
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    find_library(TCMALLOC_MINIMAL tcmalloc_minimal REQUIRED)
    target_link_libraries(${target} PRIVATE -Wl,--no-as-needed ${TCMALLOC_MINIMAL} -Wl,--as-needed)
  endif()
endfunction()

# A GoogleTest binary that CTest knows as one test of the target's name. LABELS: unit (default),
# contract, fuzz, kafka, model, simulation, crash, e2e: what ./tests/run selects by.
function(lianmeng_test target)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS;LABELS;ARGS" ${ARGN})
  if(NOT A_LABELS)
    set(A_LABELS unit)
  endif()
  _lianmeng_program(${target})
  target_link_libraries(${target} PRIVATE ${A_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${target} COMMAND ${target} ${A_ARGS})
  set_tests_properties(${target} PROPERTIES LABELS "${A_LABELS}" TIMEOUT 900)
endfunction()

function(_lianmeng_generate target grpc files)
  set(out)
  foreach(file ${files})
    string(REGEX REPLACE "\\.proto$" "" base ${file})
    set(made ${LIANMENG_PROTO_OUT}/${base}.pb.cc ${LIANMENG_PROTO_OUT}/${base}.pb.h)
    set(args --cpp_out=${LIANMENG_PROTO_OUT})
    if(grpc)
      list(APPEND made ${LIANMENG_PROTO_OUT}/${base}.grpc.pb.cc ${LIANMENG_PROTO_OUT}/${base}.grpc.pb.h)
      list(APPEND args --grpc_out=${LIANMENG_PROTO_OUT}
           --grpc_opt=${LIANMENG_GRPC_OPTIONS}
           --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    file(GLOB_RECURSE depends CONFIGURE_DEPENDS ${LIANMENG_PROTO_ROOT}/*.proto)
    add_custom_command(
      OUTPUT ${made}
      COMMAND protobuf::protoc -I ${LIANMENG_PROTO_ROOT} ${args} ${LIANMENG_PROTO_ROOT}/${file}
      DEPENDS ${LIANMENG_PROTO_ROOT}/${file}
      VERBATIM)
    list(APPEND out ${made})
  endforeach()
  add_library(${target} STATIC ${out})
  if(LIANMENG_FUZZ)  # protoc's code is not ours to search.
    target_compile_options(${target} PRIVATE -O0 -fno-sanitize=all)
  endif()
  target_include_directories(${target} SYSTEM PUBLIC ${LIANMENG_PROTO_OUT})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf)
endfunction()

function(lianmeng_proto target)
  cmake_parse_arguments(A "" "" "FILES;LINKS" ${ARGN})
  _lianmeng_generate(${target} FALSE "${A_FILES}")
  target_link_libraries(${target} PUBLIC ${A_LINKS})
endfunction()

function(lianmeng_grpc target)
  cmake_parse_arguments(A "" "" "FILES;LINKS" ${ARGN})
  _lianmeng_generate(${target} TRUE "${A_FILES}")
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/services)
  target_link_libraries(${target} PUBLIC ${A_LINKS} gRPC::grpc++ absl::synchronization)
endfunction()
