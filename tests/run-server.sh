#!/bin/sh
# run-server.sh PATH... - runs server tests and counts.
#
# They mostly wait, so more of them run side by side than there are processors:
# WORKERS, each with a PostgreSQL, a Redis and a mail server of its own. Those
# that are marked `alone` measure; they run one by one when the others are done.

: "${PYTEST:=/usr/bin/python3 -m pytest}"
: "${WORKERS:=$((2 * $(nproc) + 2))}"

out=$(mktemp) || exit 1
trap 'rm -f "$out" "$out.status"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0
failed=0

# run ARG...: 5 says that there was none to run.
run()
{
	{
		$PYTEST -q "$@" 2>&1
		echo $? >"$out.status"
	} | tee "$out"
	status=$(cat "$out.status")
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out" | tail -n 1)
	p=${line%% *}
	f=${line##*, }
	f=${f%% *}
	[ "$status" -eq 0 ] || [ "$status" -eq 5 ] || [ "${f:-0}" -gt 0 ] || f=1
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-0}))
}

run -m 'not alone' -n "$WORKERS" --dist loadfile "$@"
run -m alone "$@"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
