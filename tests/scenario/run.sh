#!/bin/sh
# Golden traces: runs scenarios in virtual time and compares what was done.
#
#	run.sh GASCELLD [NAME...]		compares; all without a name
#	run.sh --update GASCELLD [NAME...]	writes the traces anew
#
# A scenario is a folder: recipe.yaml, trace, and when needed rig.yaml (laid
# over the built-in laboratory), commands (what the operator does) and words
# (more of the command line: options, recipes that follow).
set -eu

update=false
if [ "${1:-}" = --update ]; then
	update=true
	shift
fi
gascelld=$(readlink -f "$1")
shift
cd "$(dirname "$(readlink -f "$0")")"
[ $# -gt 0 ] || set -- */

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The trace, what was said on standard error, and the exit code.
play() {
	(
		cd "$1"
		set -- recipe.yaml --quiet --trace "$scratch/trace"
		[ ! -e rig.yaml ] || set -- "$@" --overlay rig.yaml
		[ ! -e commands ] || set -- "$@" --commands commands
		# Each is a word.
		[ ! -e words ] || set -- "$@" $(cat words)
		code=0
		"$gascelld" simulate "$@" 2>"$scratch/said" || code=$?
		cat "$scratch/trace" "$scratch/said"
		echo "exit $code"
	)
}

failed=0
for name; do
	name=${name%/}
	: >"$scratch/trace"
	play "$name" >"$scratch/got"
	if $update; then
		cp "$scratch/got" "$name/trace"
	elif ! diff -u "$name/trace" "$scratch/got"; then
		echo "scenario $name: not as in its trace" >&2
		failed=1
	fi
done
exit $failed
