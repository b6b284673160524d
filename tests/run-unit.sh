#!/bin/sh
# run-unit.sh TEST... - runs unit tests, shows what failed, and counts.
#
# RUN is put before each program (valgrind ...). A program that dies, hangs,
# ends before its plan or holds no test is a failure of its own.

out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
passed=0
failed=0
skipped=0

for t; do
	# TAP: `ok 1 - name`, `not ok 2 - name`, `not ok 3 # SKIP name`.
	CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 "${LIMIT:-300}" \
		$RUN "$t" >"$out" 2>&1 </dev/null
	status=$?
	p=$(grep -c '^ok ' "$out")
	s=$(grep -c '^not ok [0-9]* # SKIP' "$out")
	f=$(grep '^not ok ' "$out" | grep -vc '^not ok [0-9]* # SKIP')
	plan=$(sed -n 's/^1\.\.//p' "$out" | awk '{ n += $1 } END { print n + 0 }')
	if [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$plan" -eq 0 ] ||
		[ $((p + s)) -ne "$plan" ]; }; then
		f=1
	fi
	if [ "$f" -ne 0 ]; then
		echo "FAILED $t (status $status)"
		sed 's/^/    /' "$out"
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
done

[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
