#!/bin/sh
# run-all.sh TARGET... - makes each of them, whatever became of the others,
# and counts.
#
# A target whose output has a line `N passed, N failed` counts so many, any
# other is one check. MAKE and JOBS come from the Makefile.

out=$(mktemp) || exit 1
trap 'rm -f "$out" "$out.status"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0
failed=0
broken=

# Under `make -j2` the makes in here share its two jobs.
case ${MAKEFLAGS:-} in
*-j*) jobs= ;;
*) jobs=-j${JOBS:-1} ;;
esac

for target; do
	printf '\n== %s\n' "$target"
	{
		${MAKE:-make} --no-print-directory -s $jobs "$target" \
			2>&1 </dev/null
		echo $? >"$out.status"
	} | tee "$out"
	status=$(cat "$out.status")
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out" | tail -n 1)
	if [ -n "$line" ]; then
		p=${line%% *}
		f=${line#*, }
		f=${f%% *}
	else
		p=$((status == 0))
		f=0
	fi
	if [ "$status" -ne 0 ]; then
		broken="$broken $target"
		[ "$f" -gt 0 ] || f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
done

printf '\n'
[ -z "$broken" ] || echo "failed:$broken"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
