# How every file of the house is compiled. Included once, from the top.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(auditor_compiler INTERFACE)
target_include_directories(auditor_compiler INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(auditor_compiler INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough
  -Wcast-align -Wextra-semi>
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(auditor_compiler INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wduplicated-cond -Wlogical-op -Wuseless-cast>)
endif()
if(AUDITOR_WERROR)
  target_compile_options(auditor_compiler INTERFACE -Werror)
endif()

if(NOT AUDITOR_DEBUG_INFO)
  target_compile_options(auditor_compiler INTERFACE -g0)
endif()

if(AUDITOR_SANITIZE)
  target_compile_options(auditor_compiler INTERFACE -fsanitize=${AUDITOR_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(auditor_compiler INTERFACE -fsanitize=${AUDITOR_SANITIZE})
else()
  target_compile_options(auditor_compiler INTERFACE
    $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS
    -fstack-protector-strong -fstack-clash-protection>)
  target_link_options(auditor_compiler INTERFACE -pie -Wl,-z,relro,-z,now)
endif()

file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/version.h @ONLY CONTENT [[#pragma once

#include <string_view>

namespace auditor {

/// The release, as CMakeLists.txt names it.
inline constexpr std::string_view version = "@PROJECT_VERSION@";

}  // namespace auditor
]])
