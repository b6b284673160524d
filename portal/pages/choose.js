// A password of one's own (R-ACC-4): what is wrong with what was chosen, before
// it is sent. The door looks again.

import { folded } from "./form.js";

const CLASSES = [/[A-Z]/, /[a-z]/, /[0-9]/, /[!-/:-@[-`{-~]/];

// The two fields, and from how many to how many characters. A password comes
// with the faults of it, of which there are none when it is good.
export function chosen(field, again, { min, max })
{
	const typed = folded(field.value);
	const faults = [];

	if (!/^[!-~]*$/.test(typed) || typed.length < min || typed.length > max
	    || !CLASSES.every(kind => kind.test(typed)))
		faults.push([field, "password.rule", () => ({ min, max })]);
	else if (folded(again.value) !== typed)
		faults.push([again, "password.again.rule"]);
	return { typed, faults };
}
