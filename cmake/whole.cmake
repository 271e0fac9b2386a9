# library(NAME SHARED ARCHIVE...): a library as the rooms name it. Programs are
# linked with SHARED, whole ones with libARCHIVE.a...
#
# whole(PROGRAM): PROGRAM has its libraries inside. gascellctl starts anew for
# each word of an operator, and a third of the time of its start went into
# finding libraries and relocating them; what runs for long takes them from
# the system.

option(GASCELL_WHOLE "gascellctl has its libraries inside" ON)

function(whole program)
	set_target_properties(${program} PROPERTIES WHOLE ${GASCELL_WHOLE})
endfunction()

function(library name shared)
	add_library(${name} INTERFACE)
	set(is_whole $<BOOL:$<TARGET_PROPERTY:WHOLE>>)
	target_link_libraries(${name} INTERFACE
		$<$<NOT:${is_whole}>:${shared}>)
	if(TARGET ${shared})
		target_include_directories(${name} INTERFACE
			$<TARGET_PROPERTY:${shared},INTERFACE_INCLUDE_DIRECTORIES>)
	endif()
	if(NOT GASCELL_WHOLE)
		return()
	endif()
	foreach(archive IN LISTS ARGN)
		find_library(ARCHIVE_${archive} lib${archive}.a)
		mark_as_advanced(ARCHIVE_${archive})
		if(NOT ARCHIVE_${archive})
			message(FATAL_ERROR "lib${archive}.a is missing. Where "
				"there is none to install: "
				"-D GASCELL_WHOLE=OFF")
		endif()
		target_link_libraries(${name} INTERFACE
			$<${is_whole}:${ARCHIVE_${archive}}>)
	endforeach()
endfunction()
