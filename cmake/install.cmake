# What `cmake --install` puts where, and the Debian package (`./dev package`)
# made of it. Installing builds nothing.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
install(TARGETS gascelld gascellctl)
set(share ${CMAKE_INSTALL_DATADIR}/gascell)
install(DIRECTORY recipes DESTINATION ${share})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
	FILES_MATCHING PATTERN "*.md" PATTERN man EXCLUDE)

foreach(section 1 5 8)
	file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.${section})
	install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

# What shells offer while a command is typed.
install(FILES completion/gascellctl.bash RENAME gascellctl
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completion/_gascellctl
	DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES completion/gascellctl.fish
	DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# What hangs where: the simulated laboratory, until somebody writes another. A
# package manager asks before it replaces one that was changed.
install(FILES site/default.yaml RENAME laboratory.yaml
	DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/gascell)

# systemd's: units, the user, the folders.
set(units ${CMAKE_BINARY_DIR}/systemd)
foreach(file gascelld.service gascelld@.service tcp-instruments.conf
	tmpfiles.conf)
	configure_file(systemd/${file}.in ${units}/${file} @ONLY)
endforeach()
install(FILES ${units}/gascelld.service ${units}/gascelld@.service
	systemd/gascelld.socket systemd/gascelld@.socket
	DESTINATION lib/systemd/system)
install(FILES systemd/sysusers.conf RENAME gascell.conf
	DESTINATION lib/sysusers.d)
install(FILES ${units}/tmpfiles.conf RENAME gascell.conf
	DESTINATION lib/tmpfiles.d)
install(FILES ${units}/tcp-instruments.conf DESTINATION ${share}/systemd)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gascell)
set(CPACK_PACKAGE_CONTACT "The gascell authors <gascell@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION
	"A daemon that runs annealing recipes on a heating gas-cell holder, and the
operator's command. Without instruments it runs on a simulated laboratory.")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded when the first image is written, and the first HTTP request made.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libtiff6, libcurl4, libncursesw6, systemd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
	${CMAKE_SOURCE_DIR}/systemd/debian/conffiles
	${CMAKE_SOURCE_DIR}/systemd/debian/postinst
	${CMAKE_SOURCE_DIR}/systemd/debian/prerm
	${CMAKE_SOURCE_DIR}/systemd/debian/postrm)
include(CPack)
