# embed_all(TARGET FOLDER ENDING NAME): all files of FOLDER, and a table of
# them, `const struct embedded NAME[]` (base/embedded.h), sorted by name.
#
# embed(TARGET FILE NAME): the bytes of FILE as `const char NAME[]` and
# `const size_t NAME_size` in TARGET; made again when FILE changes. Run as a
# script (cmake -P) this file writes that C file.
if(CMAKE_SCRIPT_MODE_FILE)
	file(READ ${INPUT} bytes HEX)
	string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
	string(REPLACE "'\\x0a'," "'\\n',\n" bytes "${bytes}")
	file(WRITE ${OUTPUT} "#include <stddef.h>\n"
		"extern const char ${NAME}[];\n"
		"extern const size_t ${NAME}_size;\n"
		"const char ${NAME}[] = {\n${bytes}0};\n"
		"const size_t ${NAME}_size = sizeof(${NAME}) - 1;\n")
	return()
endif()

set(GASCELL_EMBED ${CMAKE_CURRENT_LIST_FILE})

function(embed target file name)
	set(output ${CMAKE_BINARY_DIR}/embed/${name}.c)
	add_custom_command(OUTPUT ${output}
		COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_SOURCE_DIR}/${file}
			-DOUTPUT=${output} -DNAME=${name} -P ${GASCELL_EMBED}
		DEPENDS ${file} ${GASCELL_EMBED} VERBATIM)
	target_sources(${target} PRIVATE ${output})
endfunction()

function(embed_all target folder ending name)
	file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.${ending})
	set(declarations "")
	set(rows "")
	foreach(file IN LISTS files)
		cmake_path(GET file STEM stem)
		string(MAKE_C_IDENTIFIER "${name}_${stem}" symbol)
		embed(${target} ${folder}/${stem}.${ending} ${symbol})
		string(APPEND declarations "extern const char ${symbol}[];\n"
			"extern const size_t ${symbol}_size;\n")
		string(APPEND rows "\t{ \"${stem}\", ${symbol}, "
			"&${symbol}_size },\n")
	endforeach()
	set(output ${CMAKE_BINARY_DIR}/embed/${name}.c)
	file(GENERATE OUTPUT ${output} CONTENT
		"#include \"base/embedded.h\"\n${declarations}\nextern const struct embedded ${name}[];\nconst struct embedded ${name}[] = {\n${rows}\t{ 0 },\n};\n")
	target_sources(${target} PRIVATE ${output})
endfunction()
