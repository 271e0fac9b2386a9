# Drivers outside of this program (drivers/plugin.h). gascelld exports what
# plugins call, and `cmake --install` gives them headers and a package.
#
# plugins(PROGRAM): PROGRAM loads plugins.

# Each includes none but these.
set(GASCELL_PLUGIN_HEADERS
	base/array.h base/err.h base/nsec.h base/number.h base/problems.h
	base/quantity.h base/text.h base/yaml.h
	drivers/bus.h drivers/driver.h drivers/link.h drivers/link_http.h
	drivers/link_modbus.h drivers/plugin.h drivers/settings.h
	drivers/wire.h)

include(CMakePackageConfigHelpers)

function(plugins program)
	set(exports ${CMAKE_SOURCE_DIR}/cmake/plugin_exports.list)
	target_link_options(${program} PRIVATE -Wl,--dynamic-list=${exports})
	set_property(TARGET ${program} APPEND PROPERTY LINK_DEPENDS ${exports})

	foreach(header IN LISTS GASCELL_PLUGIN_HEADERS)
		cmake_path(GET header PARENT_PATH folder)
		install(FILES ${header} COMPONENT plugin DESTINATION
			${CMAKE_INSTALL_INCLUDEDIR}/gascell/${folder})
	endforeach()
	set(package ${CMAKE_INSTALL_LIBDIR}/cmake/gascell)
	configure_package_config_file(cmake/gascell-config.cmake.in
		${CMAKE_BINARY_DIR}/gascell-config.cmake
		INSTALL_DESTINATION ${package}
		PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
	write_basic_package_version_file(
		${CMAKE_BINARY_DIR}/gascell-config-version.cmake
		COMPATIBILITY SameMinorVersion)
	install(FILES ${CMAKE_BINARY_DIR}/gascell-config.cmake
		${CMAKE_BINARY_DIR}/gascell-config-version.cmake
		COMPONENT plugin DESTINATION ${package})
endfunction()
