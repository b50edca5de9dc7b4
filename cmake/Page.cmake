# auditor_page(FILES): sets FILES to the files of the page's bundle, which web/ui is built into. Call it where they are embedded.
set(AUDITOR_WEB_DIST "" CACHE PATH "A bundle of the page that was built before, to build without Node.js")

function(auditor_page files)
  set(names index.html manifest.json page.css page.js report.html)
  if(AUDITOR_WEB_DIST)
    list(TRANSFORM names PREPEND ${AUDITOR_WEB_DIST}/)
    set(${files} ${names} PARENT_SCOPE)
    return()
  endif()
  set(folder ${CMAKE_BINARY_DIR}/generated/page)
  list(TRANSFORM names PREPEND ${folder}/)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/ui/src/*)
  add_custom_command(
    OUTPUT ${names}
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/page build ${folder}
    DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/scripts/page ${CMAKE_SOURCE_DIR}/web/ui/build.mjs
      ${CMAKE_SOURCE_DIR}/web/ui/package-lock.json
    COMMENT "Bundling the page"
    VERBATIM)
  set(${files} ${names} PARENT_SCOPE)
endfunction()
