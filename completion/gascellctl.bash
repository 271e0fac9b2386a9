# bash completion for gascellctl(1). The program itself says what may stand
# there (gascellctl complete); nothing of its verbs is written down here.

_gascellctl() {
	local IFS=$'\n' rest=${COMP_LINE:0:COMP_POINT} words=() word i
	# bash has split words at ':' and '='; what has no blank before it
	# belongs to the word before.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i > 0)) && [[ $rest != [[:space:]]* ]]; then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
		fi
		rest=${rest#"${rest%%[![:space:]]*}"}
		rest=${rest#"$word"}
	done
	# Of a word that was split, only its last piece is replaced.
	local typed=${words[${#words[@]} - 1]} last=${COMP_WORDS[COMP_CWORD]}
	[[ $last == [:=] ]] && last=
	local before=${typed%"$last"} offer
	COMPREPLY=()
	while read -r offer; do
		offer=${offer%%$'\t'*}
		COMPREPLY+=("$(printf %q "${offer#"$before"}")")
	done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
}
# Where there is nothing to choose from, names of files.
complete -o default -F _gascellctl gascellctl
