# room(NAME USES ROOM... LIBRARIES LIB...): the folder NAME/ as a library.
#
# Its files are compiled with an include folder that holds the headers of NAME
# and of the rooms it uses, nothing else, so that an include of another room
# does not compile. main.c is left out of the library and is what program()
# links.

set(GASCELL_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion
	-Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Werror
	-Wno-error=deprecated-declarations)
set(GASCELL_HARDENING -fstack-protector-strong -fstack-clash-protection
	-fcf-protection=full -ftrivial-auto-var-init=zero -fPIE
	-ffp-contract=off)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
	list(APPEND GASCELL_HARDENING -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	# Text for people is cut on purpose where it is too long.
	list(APPEND GASCELL_WARNINGS -Wno-format-truncation)
else()
	list(APPEND GASCELL_HARDENING
		-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
		-Wno-unused-command-line-argument)
endif()

function(gascell_flags target)
	target_compile_features(${target} PRIVATE c_std_11)
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE
		GASCELL_VERSION="${PROJECT_VERSION}"
		GASCELL_RECIPE_DIR="${CMAKE_INSTALL_FULL_DATADIR}/gascell/recipes")
	target_compile_options(${target} PRIVATE ${GASCELL_WARNINGS}
		${GASCELL_HARDENING} ${GASCELL_SANITIZE})
	target_link_options(${target} PRIVATE ${GASCELL_SANITIZE} -pie
		-Wl,-z,relro,-z,now)
endfunction()

# The include folder of a room: links to the rooms it may see.
function(room_view name)
	set(view ${CMAKE_BINARY_DIR}/view/${name})
	file(MAKE_DIRECTORY ${view})
	file(GLOB seen_before RELATIVE ${view} ${view}/*)
	list(REMOVE_ITEM seen_before ${ARGN})
	foreach(gone IN LISTS seen_before)
		file(REMOVE ${view}/${gone})
	endforeach()
	foreach(seen IN LISTS ARGN)
		file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${seen} ${view}/${seen}
			SYMBOLIC)
	endforeach()
endfunction()

function(room name)
	cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES" ${ARGN})
	room_view(${name} ${name} ${ROOM_USES})
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.c)
	list(FILTER sources EXCLUDE REGEX "/main\\.c$")
	add_library(room_${name} STATIC ${sources})
	gascell_flags(room_${name})
	target_include_directories(room_${name} PUBLIC
		$<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/view/${name}>)
	foreach(used IN LISTS ROOM_USES)
		if(NOT TARGET room_${used})
			message(FATAL_ERROR "${name}/ may use only rooms that "
				"stand before it, which ${used}/ does not")
		endif()
		target_link_libraries(room_${name} PRIVATE
			$<LINK_ONLY:room_${used}>)
	endforeach()
	target_link_libraries(room_${name} PRIVATE ${ROOM_LIBRARIES})
endfunction()

# program(NAME ROOM): ROOM/main.c with all of ROOM.
function(program name room)
	add_executable(${name} ${CMAKE_SOURCE_DIR}/${room}/main.c)
	gascell_flags(${name})
	target_link_libraries(${name} PRIVATE room_${room})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
