// A person's user ID, name and address as they were typed, and what is wrong
// with them before they are sent (R-ACC-3, R-ACC-5, R-ACC-6). The door looks
// again.

import { folded, withoutBlanks } from "./form.js";

const USER = /^(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9]{6,12}$/;
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const NAME_MAX = 20, EMAIL_MAX = 50;

// As it is kept.
const stored = name => name.normalize("NFC");

// The four fields. A fault is as tellFields() takes it.
export function typedPerson({ user, name, email, again })
{
	const typed = { user: withoutBlanks(user.value),
		name: stored(name.value), email: folded(email.value).trim() };
	const faults = [];

	if (!USER.test(typed.user))
		faults.push([user, "user.rule"]);
	if (typed.name.trim() === "" || [...typed.name].length > NAME_MAX)
		faults.push([name, "name.rule"]);
	if (!EMAIL.test(typed.email) || typed.email.length > EMAIL_MAX)
		faults.push([email, "email.rule"]);
	else if (folded(again.value).trim() !== typed.email)
		faults.push([again, "email.again.rule"]);
	return { typed, faults };
}
