# Completion of koshin(8) for bash. Commands and options come from the
# program's own help, so they are those of the version that is installed.

_koshin_commands()
{
	koshin --help 2>/dev/null | sed -n 's/^  \([a-z-]*\( [a-z-]*\)\{0,1\}\)  .*/\1/p'
}

_koshin()
{
	local now=${COMP_WORDS[COMP_CWORD]} commands words options
	commands=$(_koshin_commands)
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words=$(printf '%s\n' "$commands" | cut -d' ' -f1 | sort -u)
	elif [ "$COMP_CWORD" -eq 2 ] && [ "${now#-}" = "$now" ]; then
		words=$(printf '%s\n' "$commands" |
			sed -n "s/^${COMP_WORDS[1]} //p")
	elif [ "${now#-}" != "$now" ]; then
		options=$(koshin "${COMP_WORDS[1]}" "${COMP_WORDS[2]}" --help \
			2>/dev/null || koshin "${COMP_WORDS[1]}" --help)
		words=$(printf '%s\n' "$options" |
			sed -n 's/^  \(--[a-z-]*\).*/\1/p')
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$now")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$now")
}

complete -F _koshin koshin
