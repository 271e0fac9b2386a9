# fish completion for gascellctl(1). The program itself says what may stand
# there (gascellctl complete); nothing of its verbs is written down here.

function __gascellctl_offers
	set -l words (commandline -opc)
	set -l program $words[1]
	set -e words[1]
	$program complete -- $words (commandline -ct) 2>/dev/null
end

complete -c gascellctl -f -a '(__gascellctl_offers)'
# A recipe may be a file, too.
complete -c gascellctl -F -n '__fish_seen_subcommand_from check start replace add'
