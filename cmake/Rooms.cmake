# One folder is one static library, auditor_<folder>, with one namespace, auditor::<folder>.

# auditor_room(NAME SOURCES a.cpp … ROOMS base … LIBRARIES fmt::fmt …)
# ROOMS are what the folder may include (docs/design.md, "The rooms"); scripts/check-includes holds the #include lines to it.
function(auditor_room name)
  cmake_parse_arguments(room "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_library(auditor_${name} STATIC ${room_SOURCES})
  list(TRANSFORM room_ROOMS PREPEND auditor_)
  target_link_libraries(auditor_${name} PUBLIC auditor_compiler ${room_ROOMS} PRIVATE ${room_LIBRARIES})
endfunction()

# auditor_embed(TARGET NAMESPACE FILES…): a library and its header <TARGET.h> with one function,
#   std::span<const auditor::base::EmbeddedFile> NAMESPACE::files(),
# that gives each file's name and bytes. The bytes enter by .incbin, so that size costs no compile time.
function(auditor_embed target namespace)
  set(stem ${CMAKE_BINARY_DIR}/generated/${target})
  set(assembly ".section .rodata\n")
  set(externs "")
  set(rows "")
  set(index 0)
  foreach(path IN LISTS ARGN)
    get_filename_component(name ${path} NAME)
    string(APPEND assembly ".global ${target}_${index}\n${target}_${index}:\n.incbin \"${path}\"\n"
                           ".global ${target}_${index}_end\n${target}_${index}_end:\n.byte 0\n")
    string(APPEND externs "extern const char ${target}_${index}[];\nextern const char ${target}_${index}_end[];\n")
    string(APPEND rows "    {\"${name}\", {${target}_${index}, static_cast<std::size_t>(${target}_${index}_end - ${target}_${index})}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",@progbits\n")
  file(CONFIGURE OUTPUT ${stem}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${stem}.h @ONLY CONTENT "#pragma once

#include <span>

#include \"base/embedded.h\"

namespace ${namespace} {

/// The files that were built in, in the order of their names.
std::span<const auditor::base::EmbeddedFile> files();

}  // namespace ${namespace}
")
  file(CONFIGURE OUTPUT ${stem}.cpp @ONLY CONTENT "#include \"${target}.h\"

#include <array>

extern \"C\" {
${externs}}
namespace ${namespace} {
std::span<const auditor::base::EmbeddedFile> files() {
  static const std::array<auditor::base::EmbeddedFile, ${index}> all{{
${rows}  }};
  return all;
}
}  // namespace ${namespace}
")
  set_source_files_properties(${stem}.S PROPERTIES OBJECT_DEPENDS "${ARGN}")
  add_library(${target} STATIC ${stem}.S ${stem}.cpp)
  target_link_libraries(${target} PUBLIC auditor_compiler)
endfunction()
