# What `cmake --install` and the Debian package hold. Manual pages and completions are printed by the programs themselves.
set(CMAKE_INSTALL_DOCDIR share/doc/flink-auditor)
include(GNUInstallDirs)

set(manuals ${CMAKE_BINARY_DIR}/manual)
set(completions ${CMAKE_BINARY_DIR}/completions)
file(MAKE_DIRECTORY ${manuals} ${completions})
set(printed ${manuals}/changelog.gz)
add_custom_command(
  OUTPUT ${manuals}/changelog.gz
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/packaging/deb/changelog > ${manuals}/changelog.gz
  DEPENDS ${CMAKE_SOURCE_DIR}/packaging/deb/changelog
  VERBATIM)
install(FILES ${manuals}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
foreach(entry audit-now:1 flink-auditd:8)
  string(REPLACE ":" ";" entry ${entry})
  list(GET entry 0 program)
  list(GET entry 1 section)
  set(page ${manuals}/${program}.${section})
  add_custom_command(
    OUTPUT ${page}.gz ${completions}/${program} ${completions}/_${program} ${completions}/${program}.fish
    COMMAND ${program} --generate man > ${page}
    COMMAND gzip -9nf ${page}
    COMMAND ${program} --generate bash > ${completions}/${program}
    COMMAND ${program} --generate zsh > ${completions}/_${program}
    COMMAND ${program} --generate fish > ${completions}/${program}.fish
    DEPENDS ${program}
    VERBATIM)
  list(APPEND printed ${page}.gz)
  install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  install(FILES ${completions}/${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${completions}/_${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${completions}/${program}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endforeach()
add_custom_target(manuals DEPENDS ${printed})

install(FILES ${CMAKE_SOURCE_DIR}/packaging/systemd/flink-auditd.service DESTINATION lib/systemd/system)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/deb/flink-auditd.yaml DESTINATION /etc/flink-auditor)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
  FILES_MATCHING PATTERN "*.md" PATTERN "development.md" EXCLUDE PATTERN "images" EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${CMAKE_SOURCE_DIR}/packaging/deb/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${CMAKE_SOURCE_DIR}/config/flink-auditd.yaml ${CMAKE_SOURCE_DIR}/config/audit-now.yaml
  ${CMAKE_SOURCE_DIR}/packaging/prometheus-rules.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

# The Debian package: make deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME flink-auditor)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Judges running Apache Flink jobs by the practices for production")
set(CPACK_PACKAGE_DESCRIPTION "flink-auditd watches a fleet of Flink clusters over their REST API,
keeps history and alerts; audit-now audits one cluster at once. They
read only, and change nothing.")
set(CPACK_PACKAGE_CONTACT "The Flink Auditor developers <flink-auditor@example.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/deb/conffiles;${CMAKE_SOURCE_DIR}/packaging/deb/postinst;${CMAKE_SOURCE_DIR}/packaging/deb/prerm;${CMAKE_SOURCE_DIR}/packaging/deb/postrm)
include(CPack)
